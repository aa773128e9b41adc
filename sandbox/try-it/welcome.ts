export interface Welcome {
  serviceUrl: string;
  sandboxUrl: string;
  adminKey: string;
}

/** What a person reads who has just started it. */
export function welcome({ serviceUrl, sandboxUrl, adminKey }: Welcome): string {
  return `
The service runs, with pretended vendors. Open this page and play all three parts:

  ${sandboxUrl}

A tour of six steps leads a candidate from the recruiter's board to the result. What you see the service do there is
in its admin API, too:

  Swagger UI   ${serviceUrl}/docs
  Admin key    ${adminKey}

Everything that the page does can be done by curl as well: sandbox/README.md.
Ctrl-C ends everything; the next start goes on where this one ended.
`;
}
