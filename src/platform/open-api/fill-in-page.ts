/**
 * Plugins of Swagger UI that fill in what no example can know: the ids of a path, and the ETag that a change is made
 * against. They are those of the object that was last looked at on the page, else of the newest that is listed. What
 * cannot be undone is never aimed at an object that nobody has looked at.
 *
 * They are sent to the browser as text (`toString`), so each is one function that knows nothing around it, and what they
 * share is Swagger UI's to hand on (`fn`). The document says where ids come from: see `complete-document.ts`.
 */
export const fillInPage = [suggestValues, fillInParameters, fillInBodies];

/** Remembers what was looked at, and reads what is listed. */
function suggestValues(system: SwaggerSystem) {
  const ID = /^(?:\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;
  /** The last id seen, by the path of its collection. */
  const seen = new Map<string, string>();

  const remember = (pathname: string): void => {
    const segments = pathname.split('/');
    segments.forEach((segment, index) => {
      if (ID.test(segment)) seen.set(segments.slice(0, index).join('/'), segment);
    });
  };

  const keyOf: Suggestions['keyOf'] = () => system.authSelectors.authorized().getIn(['adminKey', 'value']);

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

  const suggest: Suggestions['suggest'] = async (source, collection, list) => {
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
  return [SwaggerUIBundle.plugins.DownloadUrl, { fn: { suggest, keyOf }, statePlugins }];
}

/** Fills in parameters that nobody has filled in. */
function fillInParameters(system: SwaggerSystem) {
  /** What was filled in here, by operation and name: people's own words are never written over. */
  const filled = new Map<string, string>();
  /** How often each was looked up: what one hears of late does not take the place of what was looked up after it. */
  const turns = new Map<string, number>();

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
    const value = await system.getSystem().fn.suggest(source, collection, list);
    const present =
      system.specSelectors.parameterValues(pathMethod).get(`${String(rawParam.get('in'))}.${name}`) ?? '';
    const isTheirs = present !== '' && present !== filled.get(place);
    const isLate = turns.get(place) !== turn;
    if (isLate || value === undefined || value === present || isTheirs) return;
    filled.set(place, value);
    props.onChange(rawParam, value, false);
  };

  const rowOf = (Original: unknown) => (props: RowProps) => {
    const { rawParam, pathMethod } = props;
    const [path, method] = pathMethod;
    const source = (rawParam.get('x-filled-from') as { toJS(): Source } | undefined)?.toJS();
    const values = system.specSelectors.parameterValues(pathMethod);
    const collection = addressOf(path.split(`/{${String(rawParam.get('name'))}}`)[0] ?? '', values);
    const list = addressOf(source?.list ?? '', values);
    system.React.useEffect(() => {
      if (source && collection !== null && list !== null) void fillRow(props, source, collection, list);
    }, [collection, list, system.getSystem().fn.keyOf(), system.specSelectors.responseFor(path, method)]);
    return system.React.createElement(Original, props);
  };

  /** Swagger UI wraps at every look; a component that is another each time would be made anew, and lose the cursor. */
  let wrapped: ReturnType<typeof rowOf> | undefined;
  return { wrapComponents: { parameterRow: (Original: unknown) => (wrapped ??= rowOf(Original)) } };
}

/** Puts what is there in the place of ids that stand for it in an example. */
function fillInBodies(system: SwaggerSystem) {
  const fillBody = async (props: BodyProps, body: string, standIns: StandIns) => {
    const { suggest } = system.getSystem().fn;
    let filledIn = body;
    for (const [id, source] of Object.entries(standIns)) {
      if (!body.includes(id)) continue;
      const list = source.list ?? '';
      filledIn = filledIn.replaceAll(id, (await suggest(source, list, list)) ?? id);
    }
    if (filledIn !== body) props.onChange(filledIn);
  };

  const editorOf = (Original: unknown) => (props: BodyProps) => {
    const standIns = system.specSelectors.specJson().get('x-stand-ins') as { toJS(): StandIns } | undefined;
    const { value } = props;
    system.React.useEffect(() => {
      if (standIns && typeof value === 'string') void fillBody(props, value, standIns.toJS());
    }, [value, system.getSystem().fn.keyOf()]);
    return system.React.createElement(Original, props);
  };

  /** Once, as the row of a parameter. */
  let wrapped: ReturnType<typeof editorOf> | undefined;
  return { wrapComponents: { RequestBodyEditor: (Original: unknown) => (wrapped ??= editorOf(Original)) } };
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

/** What the plugins share. */
interface Suggestions {
  /** The value for one of a collection; undefined where there is none, or it may not be read. */
  suggest: (source: Source, collection: string, list: string) => Promise<string | undefined>;
  /** What values are read with: another one may see others. */
  keyOf: () => unknown;
}

/** As much of what Swagger UI hands to its plugins as is used here. */
interface SwaggerSystem {
  /** As it is once all plugins are there. */
  getSystem(): { fn: Suggestions };
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
