import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { ApiContext } from '../env.ts';
import { type ApiProblem, badRequest } from '../errors/api-problem.ts';
import { unsupported } from '../parsing/media-type.ts';

type Receive<T> = (filename: string, content: AsyncIterable<Uint8Array>) => Promise<T>;

/**
 * Streams the one part `file` of a multipart body to `receive`, which bounds its size; nothing is kept in memory
 * (api.md 2.12). An upload that breaks off fails the stream that `receive` reads, so that nothing half is ever stored.
 * @throws {ApiProblem} 415 for another media type, 400 without such a part or for malformed framing.
 */
export async function receiveFile<T>(c: ApiContext, receive: Receive<T>): Promise<T> {
  const parser = multipartParser(c.req.header('content-type') ?? '');
  const body = c.req.raw.body;
  if (body === null) throw noFile();
  let part: Part<T> | undefined;
  parser.on('file', (field, content, filename) => {
    if (field !== 'file' || part !== undefined) return content.resume();
    part = new Part(content, receive(filename ?? '', content), parser);
  });
  const broken = await pipeline(Readable.fromWeb(body), parser).then(() => undefined, asError);
  if (part !== undefined) return part.result(broken);
  throw broken === undefined ? noFile() : malformed(broken);
}

/** The part being received. Two things can end it early, and they answer differently: the receiver, and the client. */
class Part<T> {
  readonly #content: Readable;
  readonly #received: Promise<T>;
  #refusal: Error | undefined;
  #brokenOff: Error | undefined;

  constructor(content: Readable, received: Promise<T>, parser: BusboyInstance) {
    this.#content = content;
    this.#received = received;
    content.on('error', (error) => {
      // A receiver that stops reading aborts the stream itself; that is its refusal, not the client's doing.
      if (error.name !== 'AbortError') this.#brokenOff ??= error;
    });
    // Once the receiver refused, the rest of the body is not read any more.
    received.catch((reason: unknown) => {
      this.#refusal = asError(reason);
      parser.destroy(this.#refusal);
    });
  }

  /** @param broken why the body could not be read to its end. */
  async result(broken: Error | undefined): Promise<T> {
    if (broken !== undefined && broken !== this.#refusal) {
      this.#brokenOff ??= broken;
      this.#content.destroy(broken);
    }
    try {
      return await this.#received;
    } catch (reason) {
      throw this.#brokenOff === undefined ? reason : malformed(this.#brokenOff);
    }
  }
}

/** Paths in file names are kept, so that the store sees and refuses them. One other part may come along. */
function multipartParser(contentType: string): BusboyInstance {
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw unsupported(contentType, 'multipart/form-data with one part named file');
  }
  try {
    const limits = { fields: 10, fieldSize: 1024, parts: 12, headerPairs: 20 };
    return new Busboy({ headers: { 'content-type': contentType }, preservePath: true, limits });
  } catch (error) {
    throw malformed(asError(error));
  }
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(String(reason));

const noFile = (): ApiProblem =>
  badRequest('MALFORMED_BODY', 'The body has no part named "file"; send the artifact as one.');

const malformed = (error: Error): ApiProblem =>
  badRequest(
    'MALFORMED_BODY',
    `The multipart body could not be read to its end: ${error.message}.`,
  );
