// A connection that is made when first used and anew after a failure. kafkajs's clients remember every topic they were
// ever asked about and fail as a whole once one of those is deleted, so a failure on a used one is no verdict.

/** How to make a connection, and how to end it. */
export interface ConnectionKind<C> {
  open(): Promise<C>
  close(connection: C): Promise<void>
}

/** Holds at most one connection at a time. */
export class Connection<C> {
  readonly #kind: ConnectionKind<C>
  #current: Promise<C> | null = null

  constructor(kind: ConnectionKind<C>) {
    this.#kind = kind
  }

  /** Does something that may be done twice: a failure on a used connection is tried again on a new one. */
  async use<T>(work: (connection: C) => Promise<T>): Promise<T> {
    for (;;) {
      const isNew = this.#current === null
      const opening = this.#current ?? this.#kind.open()
      this.#current = opening
      try {
        return await work(await opening)
      } catch (error) {
        this.#drop(opening)
        if (isNew) throw error
      }
    }
  }

  async close(): Promise<void> {
    const opening = this.#current
    this.#current = null
    await opening?.then((connection) => this.#kind.close(connection)).catch(() => {})
  }

  #drop(opening: Promise<C>): void {
    if (this.#current === opening) this.#current = null
    void opening.then((connection) => this.#kind.close(connection)).catch(() => {})
  }
}
