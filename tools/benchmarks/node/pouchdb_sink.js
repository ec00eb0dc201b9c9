// A CouchDB-compatible server on PouchDB: node pouchdb_sink.js FOLDER RECORDS
'use strict'
const fs = require('fs')
const express = require('express')
const PouchDB = require('pouchdb')

const folder = process.argv[2]
fs.mkdirSync(folder, { recursive: true })
const Stored = PouchDB.defaults({ prefix: folder + '/' })
const app = express()
app.use('/', require('express-pouchdb')(Stored, {
  inMemoryConfig: true,
  mode: 'minimumForPouchDB',
  logPath: folder + '/log.txt'
}))
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/records` }))
})
process.on('SIGTERM', () => process.exit(0))
