// A process of its own that races for objects of a filesystem store: says `ready`, waits for its stdin, and prints its
// outcomes as one JSON array. Arguments: root, its number, rounds, hardLinks.

import { once } from 'node:events'
import { openFilesystemStore } from '#object-store/filesystem/filesystem_store'

const [root = '', number = '', rounds = '', hardLinks = ''] = process.argv.slice(2)
const store = openFilesystemStore({ root, hardLinks: hardLinks === 'true' })
const body = new TextEncoder().encode(`racer ${number}`)

console.log('ready')
await once(process.stdin, 'data')
const outcomes: string[] = []
for (let round = 0; round < Number(rounds); round++) outcomes.push(await store.putIfAbsent(`round-${round}`, body))
console.log(JSON.stringify(outcomes))
process.exit()
