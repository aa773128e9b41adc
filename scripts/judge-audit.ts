/** What is made of an answer of `npm audit --json`: the policy is in docs/security.md. */
export interface Verdict {
  outcome: 'passed' | 'failed' | 'not answered';
  /** One line for each package that counts, or the reason why nothing is known. */
  findings: string[];
}

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const;

/** From this severity on what runs in production must be mended before anything is merged. */
const FAILS_FROM = SEVERITIES.indexOf('high');

interface Vulnerability {
  severity: string;
  range?: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isVulnerability = (value: unknown): value is Vulnerability =>
  isRecord(value) && typeof value['severity'] === 'string';

/** @param output what `npm audit --json` wrote; anything else than a report counts as no answer, never as a pass */
export function judgeAudit(output: string): Verdict {
  const report = parse(output);
  const vulnerabilities = isRecord(report) ? report['vulnerabilities'] : undefined;
  if (!isRecord(vulnerabilities)) {
    const said =
      isRecord(report) && typeof report['message'] === 'string' ? report['message'] : 'no report came';
    return { outcome: 'not answered', findings: [said] };
  }
  const findings = Object.entries(vulnerabilities).map(([name, about]) => {
    // What cannot be read is taken for the worst.
    const { severity, range } = isVulnerability(about) ? about : { severity: 'critical', range: '' };
    const known = SEVERITIES.findIndex((one) => one === severity);
    return {
      rank: known === -1 ? SEVERITIES.length : known,
      line: `${severity}: ${name} ${range ?? ''}`.trim(),
    };
  });
  const isBad = findings.some(({ rank }) => rank >= FAILS_FROM);
  return {
    outcome: isBad ? 'failed' : 'passed',
    findings: findings.toSorted((a, b) => b.rank - a.rank).map(({ line }) => line),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
