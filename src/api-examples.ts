import type { Completion } from './platform/open-api/complete-document.js';

// One story throughout the document. The vendors' ids are those of the sandbox, so that what is tried out there works.

/** The objects it is about. Examples in the document name them; whoever sends an example names their own. */
export const STORY = {
  installationId: '0199f3a0-1111-7aaa-8aaa-0123456789ab',
  orderId: '0199f3a0-2222-7bbb-8bbb-0123456789ab',
  deliveryId: '0199f3a0-3333-7ccc-8ccc-0123456789ab',
} as const;

const OPPORTUNITY_ID = '0bb00000-0000-4000-8000-000000000001';
const TRIGGER_STAGE_ID = '5a0e7a11-0000-4000-8000-000000000003';
const CLIENT_GUID = 'c11e0000-0000-4000-8000-000000000001';
const PRODUCT = { name: 'Criminal Package 1', guid: '94040000-0000-4000-8000-000000000001' };
const CLIENT = { name: 'Acme', guid: CLIENT_GUID };
const SHA_256 = 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15f1d2d2f924e986ac86fdf7b3';

const CERTIFICATION = {
  certifiedBy: 'Director of HR, Acme',
  certifiedAt: '2026-11-22T00:00:00Z',
  statement: 'Checks are ordered for employment purposes only, with the consent of the candidate.',
};

/** Examples for the document that a DTO alone cannot give: whole requests, and ids that return. */
export const API_EXAMPLES: Completion['examples'] = {
  whole: {
    NewInstallation: {
      name: 'Acme',
      lever: { apiKey: 'demo-lever-key' },
      signatureTokens: ['a-signature-token-that-lever-shows'],
      triggerStageIds: [TRIGGER_STAGE_ID],
      victig: { clientGuid: CLIENT_GUID },
      certification: CERTIFICATION,
      settings: { defaultProduct: 'Criminal Package 1', productPrefix: 'Product:' },
    },
    InstallationPatch: { name: 'Acme Inc.', settings: { productPrefix: 'Package:' } },
    NewOrder: { installationId: STORY.installationId, opportunityId: OPPORTUNITY_ID },
    NewKey: { name: 'Nightly report', role: 'viewer', installationId: null, expiresAt: null },
    PreviewRequest: { opportunityId: OPPORTUNITY_ID },
    ShadowRequest: { settings: { productPrefix: 'Package:' }, limit: 100 },
    ReplayRequest: { outcome: 'ignored', reason: 'installation_paused', preview: true },
    RetryDeadLetters: { dryRun: true, limit: 50, queue: 'take-callback' },
  },
  ofSchemas: {
    Certification: CERTIFICATION,
    Installation: { id: STORY.installationId },
    InstallationVersion: { version: 3, current: true },
    VersionComparison: { before: 2, after: 3 },
    LeverConnection: { oauth: null },
    LeverStage: { id: TRIGGER_STAGE_ID },
    VersionVictig: { clientGuid: CLIENT_GUID },
    VictigConnection: { clientGuid: CLIENT_GUID, apiToken: null, webhookSecret: null },
    VictigClient: { guid: CLIENT_GUID },
    VictigProduct: PRODUCT,
    Order: {
      id: STORY.orderId,
      opportunityId: OPPORTUNITY_ID,
      status: 'in_progress',
      statusReason: null,
      product: PRODUCT,
      client: CLIENT,
      legalHold: null,
      leverTrouble: null,
      warnings: [],
      createdAt: '2026-11-23T08:15:20.000Z',
      updatedAt: '2026-11-23T10:02:07.000Z',
    },
    VictigOrder: {
      orderGuid: '0d3b2c1a-5f6e-4d7c-8b9a-123456789abc',
      fileNumber: '576468',
      status: 'app-ready',
    },
    QuickApp: {
      invitedAt: '2026-11-23T08:15:30.000Z',
      expiresAt: '2026-11-30T08:15:30.000Z',
      remindersSent: 0,
      warning: null,
    },
    TimelineEntry: {
      at: '2026-11-23T08:15:30.000Z',
      kind: 'placed',
      from: 'submitting',
      to: 'pending',
      data: { orderGuid: '0d3b2c1a-5f6e-4d7c-8b9a-123456789abc', fileNumber: '576468' },
    },
    Delivery: { id: STORY.deliveryId },
    OrderPreview: { product: PRODUCT, client: CLIENT },
    ApplicantPreview: {
      firstName: 'Ana',
      middleName: 'María',
      lastName: 'Ruiz',
      email: 'ana.ruiz@example.com',
      phone: '(415) 226-0134',
      proposedPosition: 'Support Lead',
      jobLocation: 'San Francisco, CA',
    },
    Preview: { refusals: [], warnings: [] },
    Shadow: { skipped: [], truncated: false },
    AuditVerification: { ok: true, first: null, brokenCheckpoint: null, entries: 1042, checkpoints: 17 },
    AuditCheckpoint: { line: `1 2026-11-23T08:15:30.000Z ${SHA_256}` },
    AuditEntry: {
      actor: 'job:refresh-order',
      action: 'order.moved',
      data: { from: 'pending', to: 'in_progress' },
    },
    Queue: { ready: 0, delayed: 2, active: 1, deadLetters: 0, completedInFiveMinutes: 37 },
  },
  ofProperties: {
    ...STORY,
    opportunityId: OPPORTUNITY_ID,
    triggerStageIds: [TRIGGER_STAGE_ID],
    performAs: null,
    nextCursor: null,
    state: 'active',
    certifiedAt: CERTIFICATION.certifiedAt,
    hash: SHA_256,
    outcome: 'acted_on',
    url: `https://bgc.example.com/webhooks/lever/${STORY.installationId}`,
    name: 'Nightly report',
    reference: 'Support Lead',
    facts: { opportunityId: OPPORTUNITY_ID, toStageId: TRIGGER_STAGE_ID },
    payload: { installationId: STORY.installationId, deliveryId: STORY.deliveryId },
    ids: [STORY.deliveryId],
    notReplayable: [],
    removed: [],
    notRemoved: [],
    data: { settingsVersion: 1 },
  },
};
