declare module 'pino-gelf/lib/transformer/standard-gelf.js' {
  /** A record of pino as GELF 1.1: syslog's levels, `_` before each further field, all of them texts. */
  function transform(record: Readonly<Record<string, unknown>>): Record<string, unknown>;
  export = transform;
}
