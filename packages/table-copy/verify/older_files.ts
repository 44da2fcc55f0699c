// Files that older versions need and that are not alike on both sides: what the listings left open, the log's entries
// decide. A file that is missing breaks time travel alone, and a vacuum of the target takes such files rightly, so that
// is a note; a file of another size is a difference.

import { objectKeyOf } from '#delta/data_file/path'
import { decodeLogEntry } from '#delta/log/entry'
import type { ObjectStore } from '#object-store/object_store'
import { counted } from '#runtime/counted'
import { type EpochMs, tableVersion } from '#runtime/units'
import { type Findings, REPLACE_IT } from '#table-copy/verify/differences'
import type { Suspects } from '#table-copy/verify/file_check'

/** Takes entries that both sides have, and tells what they say of the suspects. */
export class OlderFiles {
  readonly #source: ObjectStore
  readonly #findings: Findings
  readonly #suspects: Suspects
  readonly #missing: string[] = []
  readonly #told = new Set<string>()

  constructor({ source, findings }: { source: ObjectStore; findings: Findings }, suspects: Suspects) {
    this.#source = source
    this.#findings = findings
    this.#suspects = suspects
  }

  take({ version, bytes }: { readonly version: number; readonly bytes: Uint8Array }): void {
    if (this.#suspects.size === 0) return
    const { url } = this.#source
    const entry = decodeLogEntry(bytes, { url, version: tableVersion(version), modified: 0 as EpochMs })
    for (const { path } of entry.adds) this.#takeFile(objectKeyOf(path, url), version)
  }

  #takeFile(key: string, version: number): void {
    const sizes = this.#suspects.get(key)
    if (sizes === undefined || this.#told.has(key)) return
    this.#told.add(key)
    if (sizes.target === undefined) return void this.#missing.push(key)
    const found = `has ${sizes.target} bytes at the target instead of ${sizes.source}`
    const message = `the file ${key} of version ${version} ${found}; ${REPLACE_IT}`
    this.#findings.add({ kind: 'file_size', side: 'target', key, version, message })
  }

  /** After the last entry. */
  tell(): void {
    const first = this.#missing[0]
    if (first === undefined) return
    const files = `${counted(this.#missing.length, 'file')} of older versions (such as ${first})`
    this.#findings.note(`${files}: only the source has them, so the target cannot travel back to those versions`)
  }
}
