import { describe, expect, it } from 'vitest';
import { judgeAudit } from '../../scripts/judge-audit.ts';

const report = (vulnerabilities: object): string =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities });

describe('the audit of dependencies', () => {
  it('passes when nothing is known', () => {
    expect(judgeAudit(report({}))).toEqual({ outcome: 'passed', findings: [] });
  });

  it('tells of what is moderate and lets it pass', () => {
    const found = report({
      lodash: { severity: 'moderate', range: '<4' },
      ms: { severity: 'low', range: '*' },
    });
    expect(judgeAudit(found)).toEqual({ outcome: 'passed', findings: ['moderate: lodash <4', 'low: ms *'] });
  });

  it.each(['high', 'critical', 'something new'])('fails for what is %s', (severity) => {
    const found = report({ ms: { severity: 'low', range: '*' }, fastify: { severity, range: '<5' } });
    expect(judgeAudit(found)).toEqual({
      outcome: 'failed',
      findings: [`${severity}: fastify <5`, 'low: ms *'],
    });
  });

  it('fails for a finding that it cannot read', () => {
    expect(judgeAudit(report({ fastify: { via: [] } })).outcome).toBe('failed');
  });

  it.each([
    ['', 'no report came'],
    ['<html>Bad Gateway</html>', 'no report came'],
    ['[]', 'no report came'],
    ['{"message": "audit endpoint returned an error"}', 'audit endpoint returned an error'],
    ['{"error": {"code": "ENOAUDIT"}}', 'no report came'],
  ])('takes %j for no answer, which is neither', (output, finding) => {
    expect(judgeAudit(output)).toEqual({ outcome: 'not answered', findings: [finding] });
  });
});
