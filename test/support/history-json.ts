import { createRequire } from 'node:module';
import proto from '@temporalio/proto';
import type { RunHistory } from './replay.ts';

type History = RunHistory['history'];

/** What of protobufjs is needed here. */
interface ProtoJson {
  toJson(type: object, message: object): unknown;
  fromJson(type: object, json: unknown, options: { ignoreUnknownFields: boolean }): History;
}

/**
 * The SDK's own `historyToJSON` takes another copy of protobufjs than its types are made with, where npm installs it
 * several times, and refuses them: this is the copy of the types.
 */
const beside = createRequire(import.meta.resolve('@temporalio/proto'));
const { toJson, fromJson }: ProtoJson = beside('protobufjs/ext/protojson');
const reflected: unknown = proto;
const type = (reflected as { lookupType(name: string): object }).lookupType(
  'temporal.api.history.v1.History',
);

/** A history as Temporal's command line and Web UI show and take it. */
export const historyToJson = (history: History): unknown =>
  toJson(type, proto.temporal.api.history.v1.History.fromObject(history));

export const historyFromJson = (json: unknown): History =>
  fromJson(type, json, { ignoreUnknownFields: true });
