import { describe, expect, it } from 'vitest';
import { differences, type Home } from './home.js';

const HOME: Home = { cluster: '7712', database: '16384', table: '16999', timeline: '00000001', folder: null };

describe('where a database lives', () => {
  it('is the same while nothing changed', () => {
    expect(differences(HOME, { ...HOME })).toEqual([]);
  });

  it('differs in what a restore changes', () => {
    expect(differences(HOME, { ...HOME, cluster: '8800', database: '5' })).toEqual(['cluster', 'database']);
    expect(differences(HOME, { ...HOME, table: '17000' })).toEqual(['table']);
    expect(differences(HOME, { ...HOME, timeline: '00000002' })).toEqual(['timeline']);
  });

  it('does not differ in what either does not tell', () => {
    expect(differences({ ...HOME, cluster: null }, HOME)).toEqual([]);
    expect(differences(HOME, { ...HOME, timeline: null })).toEqual([]);
    expect(differences({}, HOME)).toEqual([]);
  });
});
