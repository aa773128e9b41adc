import { describe, expect, it } from 'vitest';
import { tracesOf } from './traces.js';

const NAME = 'Zoë Quintero-Aldana';
const bytes = Buffer.from(NAME);

describe('the search for traces', () => {
  it.each([
    ['in plain', `{"name":"${NAME}"}`],
    ['in capitals', NAME.toUpperCase()],
    ['escaped', 'Zo\\u00eb Quintero-Aldana'],
    ['in a URL', `?name=${encodeURIComponent(NAME)}`],
    ['as bytes of a row', `("\\\\x00${bytes.toString('hex')}ff")`],
    ['in base64', bytes.toString('base64')],
    [
      'in base64 behind one byte',
      Buffer.concat([Buffer.from('x'), bytes, Buffer.from('yz')]).toString('base64'),
    ],
    [
      'in base64url behind two',
      Buffer.concat([Buffer.from('xy'), bytes, Buffer.from('z')]).toString('base64url'),
    ],
  ])('finds what is hidden %s', (_how, content) => {
    expect(tracesOf({ name: NAME }, { place: content })).not.toEqual([]);
  });

  it('finds nothing where there is nothing', () => {
    const other = Buffer.from('Zoe Quinteros-Aldane').toString('base64');
    expect(tracesOf({ name: NAME }, { place: `Zoë Quintero ${other}` })).toEqual([]);
  });
});
