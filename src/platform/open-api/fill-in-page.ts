/**
 * A plugin of Swagger UI that fills in what no example can know: the ids of a path, and the ETag that a change is made
 * against. They are those of the object that was last looked at on the page, else of the newest that is listed. What
 * cannot be undone is never aimed at an object that nobody has looked at.
 *
 * It is sent to the browser as text (`toString`), so it is one function that knows nothing around it. The document says
 * where ids come from: see `complete-document.ts`.
 */
export function fillInPage(system: SwaggerSystem): unknown[] {
  const ID = /^(?:\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;
  /** The last id seen, by the path of its collection. */
  const seen = new Map<string, string>();
  /** What was filled in here, by operation and name: people's own words are never written over. */
  const filled = new Map<string, string>();
  /** How often each was looked up: what one hears of late does not take the place of what was looked up after it. */
  const turns = new Map<string, number>();

  const remember = (pathname: string): void => {
    const segments = pathname.split('/');
    segments.forEach((segment, index) => {
      if (ID.test(segment)) seen.set(segments.slice(0, index).join('/'), segment);
    });
  };

  const keyOf = (): unknown => system.authSelectors.authorized().getIn(['adminKey', 'value']);

  const read = async (path: string): Promise<{ body: unknown; etag: string | null } | null> => {
    const key = keyOf();
    if (typeof key !== 'string') return null;
    const answer = await fetch(path, { headers: { authorization: `Bearer ${key}` } });
    return answer.ok ? { body: await answer.json(), etag: answer.headers.get('etag') } : null;
  };

  const at = (value: unknown, steps: readonly (string | number)[]): unknown => {
    let found = value;
    for (const step of steps) {
      if (Array.isArray(found)) found = found.at(Number(step));
      else found = typeof found === 'object' && found !== null ? Reflect.get(found, step) : undefined;
    }
    return found;
  };

  /** The value for one of a collection; undefined where there is none, or it may not be read. */
  const suggest = async (source: Source, collection: string, list: string): Promise<string | undefined> => {
    try {
      if (source.etag === true) return (await read(list))?.etag ?? undefined;
      const last = seen.get(collection);
      if (last !== undefined || source.lookedAtOnly === true) return last;
      const first = at((await read(list))?.body, source.at ?? []);
      return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
    } catch {
      return undefined;
    }
  };

  /** The path with what is filled in for its parameters; null while one is missing. */
  const addressOf = (template: string, values: Values): string | null => {
    let missing = false;
    const address = template.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const value = values.get(`path.${name}`);
      missing ||= typeof value !== 'string' || value === '';
      return encodeURIComponent(String(value));
    });
    return missing ? null : address;
  };

  const fillRow = async (props: RowProps, source: Source, collection: string, list: string) => {
    const { rawParam, pathMethod } = props;
    const name = String(rawParam.get('name'));
    const place = [...pathMethod, name].join(' ');
    const turn = (turns.get(place) ?? 0) + 1;
    turns.set(place, turn);
    const value = await suggest(source, collection, list);
    const present =
      system.specSelectors.parameterValues(pathMethod).get(`${String(rawParam.get('in'))}.${name}`) ?? '';
    const isTheirs = present !== '' && present !== filled.get(place);
    const isLate = turns.get(place) !== turn;
    if (isLate || value === undefined || value === present || isTheirs) return;
    filled.set(place, value);
    props.onChange(rawParam, value, false);
  };

  /** Swagger UI wraps at every look; a component that is another each time would be made anew, and lose the cursor. */
  const wrapOnce = <T>(wrap: (Original: unknown) => T): ((Original: unknown) => T) => {
    let wrapped: T | undefined;
    return (Original) => (wrapped ??= wrap(Original));
  };

  const parameterRow = wrapOnce((Original) => (props: RowProps) => {
    const { rawParam, pathMethod } = props;
    const [path, method] = pathMethod;
    const source = (rawParam.get('x-filled-from') as { toJS(): Source } | undefined)?.toJS();
    const values = system.specSelectors.parameterValues(pathMethod);
    const collection = addressOf(path.split(`/{${String(rawParam.get('name'))}}`)[0] ?? '', values);
    const list = addressOf(source?.list ?? '', values);
    system.React.useEffect(() => {
      if (source && collection !== null && list !== null) void fillRow(props, source, collection, list);
    }, [collection, list, keyOf(), system.specSelectors.responseFor(path, method)]);
    return system.React.createElement(Original, props);
  });

  const fillBody = async (props: BodyProps, body: string, standIns: StandIns) => {
    let filledIn = body;
    for (const [id, source] of Object.entries(standIns)) {
      if (!body.includes(id)) continue;
      const list = source.list ?? '';
      filledIn = filledIn.replaceAll(id, (await suggest(source, list, list)) ?? id);
    }
    if (filledIn !== body) props.onChange(filledIn);
  };

  const RequestBodyEditor = wrapOnce((Original) => (props: BodyProps) => {
    const standIns = system.specSelectors.specJson().get('x-stand-ins') as { toJS(): StandIns } | undefined;
    const { value } = props;
    system.React.useEffect(() => {
      if (standIns && typeof value === 'string') void fillBody(props, value, standIns.toJS());
    }, [value, keyOf()]);
    return system.React.createElement(Original, props);
  });

  /** An answer that was good shows that what was asked for is there. */
  const setResponse =
    (proceed: SetResponse): SetResponse =>
    (path, method, answer) => {
      if (answer.ok === true && method !== 'delete') {
        remember(new URL(answer.url).pathname);
        remember(answer.headers['location'] ?? '');
      }
      return proceed(path, method, answer);
    };

  const statePlugins = { spec: { wrapActions: { setResponse } } };
  // Nest's page has this plugin unless others are named.
  return [
    SwaggerUIBundle.plugins.DownloadUrl,
    { wrapComponents: { parameterRow, RequestBodyEditor }, statePlugins },
  ];
}

declare const SwaggerUIBundle: { plugins: { DownloadUrl: unknown } };

/** Where a value comes from, as the document says it in `x-filled-from`. */
export interface Source {
  /** The path that is read. */
  list?: string;
  /** Where in the answer the value is. */
  at?: readonly (string | number)[];
  /** It is the answer's ETag. */
  etag?: boolean;
  /** Only of an object that was looked at before. */
  lookedAtOnly?: boolean;
}

type StandIns = Record<string, Source>;

interface Values {
  get(name: string): unknown;
}

interface RowProps {
  rawParam: { get(name: string): unknown };
  pathMethod: [path: string, method: string];
  onChange(rawParam: unknown, value: string, isXml: boolean): void;
}

interface BodyProps {
  value: unknown;
  onChange(value: string): void;
}

type SetResponse = (
  path: string,
  method: string,
  answer: { ok?: boolean; url: string; headers: Record<string, string> },
) => unknown;

/** As much of what Swagger UI hands to its plugins as is used here. */
interface SwaggerSystem {
  React: {
    createElement(component: unknown, props: unknown): unknown;
    useEffect(effect: () => void, dependencies: unknown[]): void;
  };
  authSelectors: { authorized(): { getIn(path: string[]): unknown } };
  specSelectors: {
    parameterValues(pathMethod: [string, string]): Values;
    responseFor(path: string, method: string): unknown;
    specJson(): { get(name: string): unknown };
  };
}
