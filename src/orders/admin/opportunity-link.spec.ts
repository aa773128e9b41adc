import { describe, expect, it } from 'vitest';
import { opportunityIdOf } from './opportunity-link.js';

const ID = '8f1c2b7e-3d5a-4a56-9c0e-1f2d3c4b5a69';

describe('an opportunity that is named by hand', () => {
  it.each([
    ID,
    `  ${ID}\n`,
    `https://hire.lever.co/candidates/${ID}`,
    `https://hire.lever.co/candidates/${ID}/`,
    `https://hire.lever.co/candidates/${ID}?stage=all#notes`,
    `https://hire.sandbox.lever.co/candidates/${ID}/profile`,
    `https://hire.eu.lever.co/candidates/${ID}`,
  ])('is understood as %j', (text) => {
    expect(opportunityIdOf(text)).toBe(ID);
  });

  it.each([
    '',
    'Ana Ruiz',
    `http://hire.lever.co/candidates/${ID}`,
    `https://hire.lever.co.evil.example/candidates/${ID}`,
    `https://evil.example/?https://hire.lever.co/candidates/${ID}`,
    'https://hire.lever.co/candidates',
    'https://hire.lever.co/candidates/%00',
  ])('is not found in %j', (text) => {
    expect(opportunityIdOf(text)).toBeNull();
  });
});
