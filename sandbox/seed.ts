/** What is there from the start, under ids that never change, so that a README can name them. */
export const SEED = {
  lever: {
    account: 'demo',
    apiKey: 'demo-lever-key',
    oauthClientId: 'demo-lever-client',
    oauthClientSecret: 'demo-lever-secret',
    stages: {
      newLead: 'lead-new',
      reachedOut: 'lead-reached-out',
      responded: 'lead-responded',
      newApplicant: 'applicant-new',
      recruiterScreen: '5a0e7a11-0000-4000-8000-000000000001',
      onsiteInterview: '5a0e7a11-0000-4000-8000-000000000002',
      offer: 'offer',
      backgroundCheck: '5a0e7a11-0000-4000-8000-000000000003',
    },
    archiveReasons: {
      positionFilled: 'a4c41e00-0000-4000-8000-000000000001',
      withdrew: 'a4c41e00-0000-4000-8000-000000000002',
      noResponseOld: 'a4c41e00-0000-4000-8000-000000000003',
      hired: 'a4c41e00-0000-4000-8000-000000000004',
    },
    users: {
      recruiter: '05e40000-0000-4000-8000-000000000001',
      superAdmin: '05e40000-0000-4000-8000-000000000002',
    },
    postings: {
      supportLead: '90571000-0000-4000-8000-000000000001',
      driver: '90571000-0000-4000-8000-000000000002',
    },
    opportunities: {
      anaRuiz: '0bb00000-0000-4000-8000-000000000001',
      janVanDerBerg: '0bb00000-0000-4000-8000-000000000002',
      samTaggedOverride: '0bb00000-0000-4000-8000-000000000003',
      leadWithoutEmail: '0bb00000-0000-4000-8000-000000000004',
    },
  },
  victig: {
    token: 'demo-victig-token',
    clients: {
      main: 'c11e0000-0000-4000-8000-000000000001',
      oakland: 'c11e0000-0000-4000-8000-000000000002',
      reno: 'c11e0000-0000-4000-8000-000000000003',
    },
    products: {
      criminalPackage1: '94040000-0000-4000-8000-000000000001',
      criminalPackage2: '94040000-0000-4000-8000-000000000002',
      employmentVerification: '94040000-0000-4000-8000-000000000003',
    },
  },
} as const;
