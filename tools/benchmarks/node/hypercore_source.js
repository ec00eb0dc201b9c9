// Serves a core over TCP: node hypercore_source.js FOLDER RECORDS
'use strict'
const fs = require('fs')
const net = require('net')
const Hypercore = require('hypercore')

const [folder, records] = process.argv.slice(2)

async function main () {
  const core = new Hypercore(folder)
  await core.ready()
  const data = fs.readFileSync(records)
  let blocks = []
  for (let at = 0; at < data.length;) {
    const size = data.readUInt32LE(at)
    blocks.push(data.subarray(at + 4, at + 4 + size))
    at += 4 + size
    if (blocks.length === 1000 || at >= data.length) {
      await core.append(blocks)
      blocks = []
    }
  }
  const server = net.createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    const stream = core.replicate(false)
    stream.on('error', () => {})
    socket.pipe(stream).pipe(socket)
  })
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: server.address().port, key: core.key.toString('hex') }))
  })
}

main().catch((error) => { console.error(error); process.exit(1) })
process.on('SIGTERM', () => process.exit(0))
