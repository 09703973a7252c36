import { createRequire } from 'node:module';
import { Router } from 'express';

const SCRIPT = 'openapi-explorer.min.js';
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Synergos TTP API</title>
    <script type="module" src="/docs/${SCRIPT}"></script>
  </head>
  <body style="margin: 0">
    <openapi-explorer spec-url="/openapi.json" hide-server-selection hide-authentication></openapi-explorer>
  </body>
</html>
`;
/** The page loads nothing from elsewhere, and sends nothing there. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

/** `/docs`: the API to read and to try, from the OpenAPI document. A browser asks for the token by itself. */
export function apiBrowser(): Router {
  const script = createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
  return Router()
    .get('/docs', (_request, response) => {
      response.set('content-security-policy', POLICY).type('html').send(PAGE);
    })
    .get(`/docs/${SCRIPT}`, (_request, response) => {
      response.sendFile(script, { maxAge: '1d' });
    });
}
