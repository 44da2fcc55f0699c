// A view over the tables, as queries take it.

/** A view and what it says about itself. */
export interface ViewDefinition {
  readonly name: string
  /** One line for people. */
  readonly comment: string
  readonly query: string
}
