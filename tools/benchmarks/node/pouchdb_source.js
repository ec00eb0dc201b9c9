// Replicates documents to a server: node pouchdb_source.js FOLDER RECORDS URL
'use strict'
const fs = require('fs')
const readline = require('readline')
const PouchDB = require('pouchdb')

const BATCH = 1000
const [folder, records, url] = process.argv.slice(2)

async function main () {
  fs.mkdirSync(folder, { recursive: true })
  const db = new PouchDB(folder + '/records')
  const docs = fs.readFileSync(records, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  for (let at = 0; at < docs.length; at += BATCH) await db.bulkDocs(docs.slice(at, at + BATCH))
  const remote = new PouchDB(url)
  await remote.info()
  console.log(JSON.stringify({ ready: docs.length }))
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const done = await db.replicate.to(remote, { batch_size: BATCH, batches_limit: 10 })
    if (!done.ok) throw new Error(JSON.stringify(done))
    const held = await remote.info()
    console.log(JSON.stringify({ moved: held.doc_count }))
  }
}

main().catch((error) => { console.error(error); process.exit(1) })
process.on('SIGTERM', () => process.exit(0))
