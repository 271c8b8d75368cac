/**
 * How `_metadata` of every checkpoint and savepoint begins, in big-endian bytes: a magic number, the version of the
 * format, the checkpoint id. Read from savepoints of Flink 1.20.5 (version 4) and 2.3.0 (version 6).
 */
const magic = 0x4960672d;
const newestVersion = 6;

/** So much of the file has it. */
export const headerBytes = 16;

/**
 * Flink's id of a checkpoint or savepoint, by its own files: what ranks it when its JobManager is gone.
 * @returns `undefined` where it is of a format that is not known: no rank can be guessed.
 */
export function checkpointIdOfHeader(header: Buffer): number | undefined {
  if (header.readUInt32BE(0) !== magic) return undefined;
  const version = header.readUInt32BE(4);
  if (version < 1 || version > newestVersion) return undefined;
  const id = Number(header.readBigInt64BE(8));
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
