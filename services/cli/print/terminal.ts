// What commands ask about the terminal that they print on.

/** Columns that are assumed of a terminal that does not tell, and the fewest that a layout is made for. */
const WIDTH_DEFAULT = 80
const WIDTH_MIN = 40

/** The columns of the terminal; undefined when the stream is none. */
export function terminalWidth(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? Math.max(stream.columns || WIDTH_DEFAULT, WIDTH_MIN) : undefined
}
