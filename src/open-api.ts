import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { settingsSchema } from './mapping/settings.js';
import { DOCUMENTED_MODELS } from './platform/access/admin-route.js';

const DESCRIPTION = `The admin API of the service that joins Lever to VICTIG background screening.

Every call needs an admin key, or a token of the OIDC issuer where one is configured: \`Authorization: Bearer <key>\`.
Every error is a problem document (RFC 9457) with a stable \`code\`; 503 \`issuer_unavailable\` means that a token could not
be checked. Every answer has an \`X-Request-Id\`: give it with a report of a 500. Lists answer \`{items, nextCursor}\`; changes need \`If-Match\`.`;

/** The OpenAPI document of the admin API. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Lever to VICTIG')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addTag('Installations', "A customer's Lever account joined to its VICTIG client.")
    .addTag('Orders', 'Background checks, from the trigger to the result.')
    .addTag('Deliveries', 'Received webhooks and callbacks, and what became of them.')
    .addTag('Audit', 'Who did what, in chains that show every change.')
    .addTag('Keys', 'Who may use this API.')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'adminKey')
    .build();
  const document = SwaggerModule.createDocument(app, outline, { extraModels: DOCUMENTED_MODELS });
  const schemas: Schemas = { ...document.components?.schemas, Settings: settingsAsOpenApi() };
  for (const name of ['NewInstallation', 'Installation', 'InstallationVersion'])
    referToSettings(schemas[name]);
  return { ...document, components: { ...document.components, schemas } };
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

/** Swagger UI at `/docs`, the document at `/openapi.json`. */
export function serveApiDescription(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Lever to VICTIG: admin API',
    swaggerOptions: {
      persistAuthorization: true,
      docExpansion: 'list',
      deepLinking: true,
      tryItOutEnabled: true,
    },
  });
}
