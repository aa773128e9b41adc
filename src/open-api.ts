import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { settingsSchema } from './mapping/settings.js';
import { API_EXAMPLES, STORY } from './api-examples.js';
import { COLLECTIONS } from './api-collections.js';
import { completeDocument } from './platform/open-api/complete-document.js';
import { fillInPage } from './platform/open-api/fill-in-page.js';
import { resolveAtOnce } from './platform/open-api/resolve-at-once.js';
import type { ApiDocument } from './platform/open-api/document.js';
import { DOCUMENTED_MODELS } from './platform/access/admin-route.js';

const DESCRIPTION = `The admin API of the service that joins Lever to VICTIG background screening.

**To try it out**: press _Authorize_, paste an admin key, open a route, press _Execute_. Requests are filled in with
examples, and with the ids of what you looked at last, or of the newest that is listed. What cannot be undone is
aimed at nothing that you have not looked at.

- Every call needs an admin key, or a token of the OIDC issuer where one is configured: \`Authorization: Bearer <key>\`.
  Each route names the right that the key's role must have.
- Every error is a problem document (RFC 9457) with a stable \`code\`; each route lists all that it may answer.
- Lists take \`limit\` and \`cursor\` and answer \`{items, nextCursor}\`, newest first. New objects never move old ones
  to another page.
- Changes of an installation need \`If-Match\` with the \`ETag\` that was read.
- Every answer has an \`X-Request-Id\`: give it with a report of a 500.
- Fields that are not known are refused by name.`;

/** In the order in which one needs them. */
const TAGS = {
  Installations: "A customer's Lever account joined to its VICTIG client: set up, start, stop.",
  Versions: 'What was configured when: read, compare, restore.',
  Lever: 'Joining an installation to Lever: consent, stages, the webhook.',
  VICTIG: 'What VICTIG offers an installation: clients and products.',
  Previews: 'What is wrong, and what would be ordered, before anything is. Nothing here has an effect.',
  Orders: 'Background checks, from the trigger to the result.',
  Deliveries: 'Received webhooks and callbacks, and what became of them.',
  Operations: 'Jobs that were given up, and how the queues stand.',
  Audit: 'Who did what, in chains that show every change.',
  Keys: 'Who may use this API.',
};

/** The OpenAPI document of the admin API. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Lever to VICTIG')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'adminKey')
    .build();
  outline.tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  const document = SwaggerModule.createDocument(app, outline, { extraModels: DOCUMENTED_MODELS });
  const schemas: Schemas = { ...document.components?.schemas, Settings: settingsAsOpenApi() };
  for (const name of ['NewInstallation', 'Installation', 'SavedInstallation', 'InstallationVersion'])
    referToSettings(schemas[name]);
  const described = { ...document, components: { ...document.components, schemas } };
  // What completes it works on a narrower shape of the same document.
  completeDocument(described as unknown as ApiDocument, {
    collections: COLLECTIONS,
    examples: API_EXAMPLES,
    standIns: { [STORY.installationId]: 'installations' },
  });
  return described;
}

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The settings are described by the very schema that checks them; the DTOs refer to it by name. */
function settingsAsOpenApi(): Schemas[string] {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(settingsSchema, { io: 'input' });
  return schema as Schemas[string];
}

function referToSettings(schema: Schemas[string] | undefined): void {
  if (schema && 'properties' in schema && schema.properties) {
    schema.properties['settings'] = { $ref: '#/components/schemas/Settings' };
  }
}

/** Room for what is read and written, and none for what says nothing here: one server, no links, a logo. */
const STYLE = `
  .swagger-ui .topbar, .swagger-ui .servers-title, .swagger-ui .servers { display: none }
  .swagger-ui .response-col_links { display: none }
  .swagger-ui .info { margin: 28px 0 }
  .swagger-ui .scheme-container { padding: 12px 0 }
  .swagger-ui .body-param__text { min-height: 22rem }
  .swagger-ui .response-col_description { width: 100% }
  .swagger-ui .responses-table > tbody > tr > td { padding-bottom: 18px }
  .swagger-ui .response-control-media-type__accept-message { display: none }
`;

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function serveApiDescription(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customCss: STYLE,
    customSiteTitle: 'Lever to VICTIG: admin API',
    swaggerOptions: {
      persistAuthorization: true,
      // Ten groups to choose from, not forty routes.
      docExpansion: 'none',
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      deepLinking: true,
      tryItOutEnabled: true,
      plugins: [...fillInPage, resolveAtOnce],
    },
  });
}
