// Downloads every block of a core: node hypercore_sink.js FOLDER RECORDS PORT KEY
'use strict'
const net = require('net')
const readline = require('readline')
const Hypercore = require('hypercore')

const [folder, , port, key] = process.argv.slice(2)

async function main () {
  const core = new Hypercore(folder, Buffer.from(key, 'hex'))
  await core.ready()
  console.log(JSON.stringify({ ready: true }))
  for await (const _ of readline.createInterface({ input: process.stdin })) {
    const socket = net.connect(Number(port), '127.0.0.1')
    socket.setNoDelay(true)
    const stream = core.replicate(true)
    socket.pipe(stream).pipe(socket)
    const found = core.findingPeers()
    stream.noiseStream.once('open', found)
    await core.update({ wait: true })
    await core.download({ start: 0, end: core.length }).done()
    console.log(JSON.stringify({ moved: core.contiguousLength }))
  }
}

main().catch((error) => { console.error(error); process.exit(1) })
process.on('SIGTERM', () => process.exit(0))
