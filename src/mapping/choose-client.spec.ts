import { describe, expect, it } from 'vitest';
import type { Client, OtherClients } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { settingsSchema } from './settings.js';

const client = (guid: string, name: string, code: string | null, city: string | null): Client => ({
  guid,
  name,
  code,
  city,
});
const CLIENTS: readonly Client[] = [
  client('main', 'Acme', 'MAIN', 'Denver'),
  client('north', 'Acme North', ' NORTH ', 'Minneapolis'),
  client('south', 'Acme South', 'SOUTH', 'Austin'),
  client('twin', 'Acme Twin', 'TWIN', 'Austin'),
  client('dark', 'Acme Dark', null, null),
];

interface Case {
  location?: string | null;
  tags?: readonly string[];
  settings?: object;
  clients?: readonly Client[];
  others?: OtherClients;
}

const choose = ({ location = null, tags = [], settings = {}, clients = CLIENTS, others }: Case) =>
  chooseClient(
    { location, tags },
    settingsSchema.parse({ defaultProduct: 'A', ...settings }),
    clients,
    'main',
    others,
  );

const warningsOf = (choice: ReturnType<typeof choose>) => choice.warnings.map(({ code }) => code);

const BY_CODE = { subClientBy: 'clientCode', subClientPrefix: 'Office:' };
const BY_CITY = { subClientBy: 'clientCity' };

describe('the client', () => {
  it('is the main client without sub-clients, whatever tags and location say (M4)', () => {
    const settings = { subClientBy: 'none', subClientPrefix: 'Office:' };
    const choice = choose({ settings, tags: ['Office: NORTH'], location: 'Austin' });
    expect(choice.client).toEqual({ guid: 'main', name: 'Acme' });
    expect(choice.values).toEqual([
      {
        field: 'client',
        value: 'Acme',
        source: 'installation.victig.clientGuid',
        reason:
          'The main client is ordered under, for subClientBy is "none", so "Office: NORTH" is not looked at.',
      },
    ]);
    expect(choice.warnings).toEqual([]);
  });

  it('is one whose guid was typed in capitals, and is asked for as VICTIG writes it (M4)', () => {
    const chosen = chooseClient(
      { location: null, tags: [] },
      settingsSchema.parse({ defaultProduct: 'A' }),
      CLIENTS,
      'MAIN',
    );
    expect(chosen).toMatchObject({ client: { guid: 'main', name: 'Acme' }, warnings: [] });
    const settings = { ...BY_CITY, clientCities: { Duluth: 'NORTH' } };
    expect(choose({ settings, location: 'Duluth, MN' })).toMatchObject({
      client: { guid: 'north' },
      warnings: [],
    });
  });

  it('is found by its code, spaces around it aside (M4)', () => {
    expect(choose({ settings: BY_CODE, location: ' NORTH' }).client?.guid).toBe('north');
  });

  it('is found by its name (M4)', () => {
    const settings = { subClientBy: 'clientName' };
    expect(choose({ settings, location: 'Acme South' }).client?.guid).toBe('south');
  });

  it('is found by the city before the first comma (M4)', () => {
    expect(choose({ settings: BY_CITY, location: 'Minneapolis, MN, USA' }).client?.guid).toBe('north');
  });

  it('may be the main client by its own match (M4)', () => {
    const choice = choose({ settings: BY_CITY, location: 'Denver, CO' });
    expect(choice.client?.guid).toBe('main');
    expect(choice.values[0]).toMatchObject({ source: 'job.location' });
  });

  it('is named by a tag rather than by the location, and the reason says so (M4)', () => {
    const choice = choose({ settings: BY_CODE, tags: ['Office: NORTH'], location: 'SOUTH' });
    expect(choice.client?.guid).toBe('north');
    expect(choice.values[0]).toMatchObject({
      source: 'tag',
      reason:
        'A sub-client tag asks for the code "NORTH", which this client has; the tag wins over the location "SOUTH".',
    });
  });

  it('is refused when two tags differ, with both (M4)', () => {
    const choice = choose({ settings: BY_CODE, tags: ['Office: SOUTH', 'Office: NORTH'] });
    expect(choice.client).toBeNull();
    expect(choice.refusal?.message).toContain('the tags "Office: NORTH" and "Office: SOUTH"');
  });

  it('is one when VICTIG lists the same guid twice (M4)', () => {
    const clients = [...CLIENTS, ...CLIENTS];
    expect(choose({ settings: BY_CODE, location: 'NORTH', clients }).client?.guid).toBe('north');
  });

  it('goes by its guid where VICTIG does not list the main client, with a warning (M4)', () => {
    const choice = choose({ clients: [] });
    expect(choice.client).toEqual({ guid: 'main', name: 'main' });
    expect(warningsOf(choice)).toEqual(['main_client_unlisted']);
  });
});

describe('a client that is not active', () => {
  const gone = { ...client('gone', 'Acme North', 'NORTH', 'Minneapolis'), isActive: false };
  const active = client('north', 'Acme North', 'NORTH', 'Minneapolis');
  const strict = { subClientMismatch: 'error' };

  it.each(['clientCode', 'clientName', 'clientCity'])('leaves the one of its %s that is (M4, M5)', (by) => {
    const location =
      { clientCode: 'NORTH', clientName: 'Acme North', clientCity: 'Minneapolis, MN' }[by] ?? null;
    const settings = { ...strict, subClientBy: by };
    for (const clients of [
      [gone, active],
      [active, gone],
    ]) {
      expect(choose({ settings, location, clients }).client).toMatchObject({ guid: 'north' });
    }
  });

  it('is no match, nor named as the nearest (M5)', () => {
    const { refusal } = choose({ settings: { ...BY_CODE, ...strict }, location: 'NORTH', clients: [gone] });
    expect(refusal).toMatchObject({ code: 'sub_client_not_found' });
    expect(refusal?.message).toContain('there are no clients with a code');
  });

  it('is no match of the map of cities either (M5)', () => {
    const settings = { ...BY_CITY, ...strict, clientCities: { Tucson: 'gone' } };
    const choice = choose({ settings, location: 'Tucson', clients: [gone, active] });
    expect(choice.refusal).toMatchObject({ code: 'sub_client_not_found' });
    expect(warningsOf(choice)).toEqual(['mapped_city_unlisted']);
  });

  it('is ordered under all the same where it is the main client (M5)', () => {
    const main = { ...client('main', 'Acme', 'MAIN', null), isActive: false };
    const choice = choose({ settings: BY_CODE, location: 'NORTH', clients: [main] });
    expect(choice.client).toEqual({ guid: 'main', name: 'Acme' });
    expect(warningsOf(choice)).toEqual(['sub_client_not_found']);
  });
});

describe('the map of cities', () => {
  it('finds a client whose city may not be read (M4)', () => {
    const settings = { ...BY_CITY, clientCities: { ' Tucson ': 'dark' } };
    expect(choose({ settings, location: 'Tucson, AZ' }).client?.guid).toBe('dark');
  });

  it('comes after what VICTIG tells (M4)', () => {
    const settings = { ...BY_CITY, clientCities: { Minneapolis: 'dark' } };
    expect(choose({ settings, location: 'Minneapolis' }).client?.guid).toBe('north');
  });

  it('is not used for codes and names (M4)', () => {
    const settings = { ...BY_CODE, clientCities: { Tucson: 'dark' } };
    expect(choose({ settings, location: 'Tucson' }).client?.guid).toBe('main');
  });

  it('matches nothing with a guid that VICTIG does not list, and a warning says so (M5)', () => {
    const settings = { ...BY_CITY, clientCities: { Tucson: 'gone' } };
    const choice = choose({ settings, location: 'Tucson' });
    expect(choice.client?.guid).toBe('main');
    expect(warningsOf(choice)).toEqual(['mapped_city_unlisted', 'sub_client_not_found']);
  });

  it('is asked for where no city of any client is known (M4)', () => {
    const choice = choose({
      settings: BY_CITY,
      location: 'Austin',
      clients: [client('main', 'A', null, null)],
    });
    expect(warningsOf(choice)).toEqual(['client_cities_unknown', 'sub_client_not_found']);
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not know the city %s (M4)', (location) => {
    expect(choose({ settings: BY_CITY, location }).client?.guid).toBe('main');
  });
});

describe('a mismatch of sub-clients', () => {
  const none = { settings: BY_CITY, location: 'Paris' };
  const several = { settings: BY_CITY, location: 'Austin, TX' };
  const noLocation = { settings: BY_CITY, location: null };

  it.each<[string, Case, string]>([
    ['no match', none, 'sub_client_not_found'],
    ['several matches', several, 'sub_client_ambiguous'],
    ['no location', noLocation, 'sub_client_not_found'],
    ['a location that begins with a comma', { ...none, location: ', TX' }, 'sub_client_not_found'],
    ['an empty tag', { settings: BY_CODE, tags: ['Office:'], location: 'NORTH' }, 'sub_client_not_found'],
  ])('leads to the main client with a warning, or to a refusal: %s (M5)', (_name, given, code) => {
    const lenient = choose(given);
    expect(lenient.client?.guid).toBe('main');
    expect(warningsOf(lenient)).toEqual([code]);
    expect(lenient.values[0]?.reason).toMatch(/and subClientMismatch is "main"\.$/);
    const strict = choose({ ...given, settings: { ...given.settings, subClientMismatch: 'error' } });
    expect(strict.client).toBeNull();
    expect(strict.refusal?.code).toBe(code);
    expect(strict.values).toEqual([expect.objectContaining({ field: 'client', value: null })]);
  });

  it.each(['main', 'error'])(
    'names no client that is not ordered under where it may not (A5, M5): %s',
    (mismatch) => {
      const said = (given: Case) =>
        JSON.stringify(
          choose({
            ...given,
            settings: { ...given.settings, subClientMismatch: mismatch },
            others: 'unnamed',
          }),
        );
      const several = said({ settings: BY_CITY, location: 'Austin' });
      expect(several).toContain('sub_client_ambiguous');
      expect(several).toContain('which 2 clients have, and');
      expect(several).not.toMatch(/Acme (South|Twin)/);
      const near = said({ settings: { subClientBy: 'clientName' }, location: 'Acme Nort' });
      expect(near).toContain('sub_client_not_found');
      expect(near).not.toContain('Acme North');
      expect(near).not.toContain('there are no clients');
    },
  );

  it('names the client that is ordered under where it may name no other (A5, M4)', () => {
    const choice = choose({ settings: BY_CODE, location: 'NORTH', others: 'unnamed' });
    expect(choice.client).toEqual({ guid: 'north', name: 'Acme North' });
  });

  it('names the clients that match (M5)', () => {
    const settings = { ...BY_CITY, subClientMismatch: 'error' };
    expect(choose({ settings, location: 'Austin' }).refusal?.message).toContain(
      '2 VICTIG clients have that city: "Acme South" and "Acme Twin"',
    );
  });
});
