/**
 * Signals come from command lines too: a payload that cannot be read becomes a marker that no check accepts, so that it
 * leaves an event and fails no workflow task (M36, F64; temporal.md 3). CommonJS, as Temporal loads it by `require`.
 */
const { DefaultPayloadConverter } = require('@temporalio/common');

class TolerantPayloadConverter extends DefaultPayloadConverter {
  fromPayload(payload) {
    try {
      return super.fromPayload(payload);
    } catch {
      return { unreadablePayload: true };
    }
  }
}

module.exports = { payloadConverter: new TolerantPayloadConverter() };
