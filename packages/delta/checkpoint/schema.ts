// The Parquet schema of a classic checkpoint: one optional struct an action, a row has one of them. Source:
// PROTOCOL.md, Checkpoint Schema. txn.lastUpdated is not in its sample, but other engines read it, and expire what
// lacks it.

import type { SchemaElement } from '#parquet-bytes/write_columns'

type Elements = readonly SchemaElement[]

const STRING = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const

function text(name: string): Elements {
  return [{ name, repetition_type: 'OPTIONAL', ...STRING }]
}

function primitive(name: string, type: 'INT32' | 'INT64' | 'BOOLEAN'): Elements {
  return [{ name, repetition_type: 'OPTIONAL', type }]
}

function struct(name: string, fields: readonly Elements[]): Elements {
  return [{ name, repetition_type: 'OPTIONAL', num_children: fields.length }, ...fields.flat()]
}

function textMap(name: string): Elements {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', ...STRING },
    { name: 'value', repetition_type: 'OPTIONAL', ...STRING },
  ]
}

function textList(name: string): Elements {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...STRING },
  ]
}

const COLUMNS: readonly Elements[] = [
  struct('txn', [text('appId'), primitive('version', 'INT64'), primitive('lastUpdated', 'INT64')]),
  struct('add', [
    text('path'),
    textMap('partitionValues'),
    primitive('size', 'INT64'),
    primitive('modificationTime', 'INT64'),
    primitive('dataChange', 'BOOLEAN'),
    textMap('tags'),
    text('stats'),
  ]),
  struct('remove', [
    text('path'),
    primitive('deletionTimestamp', 'INT64'),
    primitive('dataChange', 'BOOLEAN'),
    primitive('extendedFileMetadata', 'BOOLEAN'),
    textMap('partitionValues'),
    primitive('size', 'INT64'),
  ]),
  struct('metaData', [
    text('id'),
    text('name'),
    text('description'),
    struct('format', [text('provider'), textMap('options')]),
    text('schemaString'),
    textList('partitionColumns'),
    textMap('configuration'),
    primitive('createdTime', 'INT64'),
  ]),
  struct('protocol', [
    primitive('minReaderVersion', 'INT32'),
    primitive('minWriterVersion', 'INT32'),
    textList('readerFeatures'),
    textList('writerFeatures'),
  ]),
]

/** In preorder, the root first. */
export const CHECKPOINT_SCHEMA: Elements = [{ name: 'root', num_children: COLUMNS.length }, ...COLUMNS.flat()]

/** The top-level columns, in the order of the schema. */
export const CHECKPOINT_COLUMNS = ['txn', 'add', 'remove', 'metaData', 'protocol'] as const
