// How wide lists of tables and topics are, so that what is said of each begins in one column.

/** Of the longest name of a table, `corporate_actions`. */
export const TABLE_WIDTH = 17

/** Of the longest name of a topic, `stock-corporate-actions`. */
export const TOPIC_WIDTH = 23
