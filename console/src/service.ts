// Requests to the server: DynamoDB's operations, and the control API beside them.

/** An error answer: its type and message as DynamoDB words them, and ddbmock's hint. */
export class ServiceError extends Error {
  constructor(
    readonly type: string,
    message: string,
    readonly hint: string | null,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message || type);
  }
}

/** The beginning of the type of an error of the control API that refuses a request; its status follows. */
export const REFUSED = "Refused ";

export type Json = Record<string, any>;

const TOKEN = "ddbmock-token";

/** The token of a server that listens beyond this machine; it arrives once, in the page's address. */
function token(): string | null {
  const found = new URLSearchParams(location.search).get("token");
  if (found) {
    sessionStorage.setItem(TOKEN, found);
    history.replaceState(null, "", location.pathname + location.hash);
  }
  return sessionStorage.getItem(TOKEN);
}

let AUTHORIZATION = token();

/** Use a token that the reader has typed. */
export function authorize(given: string): void {
  sessionStorage.setItem(TOKEN, given);
  AUTHORIZATION = given;
}

/** A channel between the tabs of this server's console, and of no other origin. */
const tabs = new BroadcastChannel(TOKEN);
const ASK = "ask";
tabs.addEventListener("message", (event: MessageEvent<unknown>) => {
  if (event.data === ASK && AUTHORIZATION) tabs.postMessage({ token: AUTHORIZATION });
});

const PATIENCE = 300;

/** Use the token of another tab, if there is one that this tab has not: a link opened in a new tab comes without. */
export function authorizedByTab(): Promise<boolean> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), PATIENCE);
    tabs.addEventListener("message", (event: MessageEvent<{ token?: string }>) => {
      const found = event.data.token;
      if (!found || found === AUTHORIZATION) return;
      clearTimeout(timer);
      authorize(found);
      done(true);
    });
    tabs.postMessage(ASK);
  });
}

/** The path of the database whose console this is: empty, or that of a fork. */
export const BASE = location.pathname.replace(/\/_ddbmock\/?$/, "");

/** The address at which clients find the database. */
export const ENDPOINT = location.origin + BASE;

function controlHeaders(): Record<string, string> {
  return AUTHORIZATION ? { "X-Ddbmock-Token": AUTHORIZATION } : {};
}

/** The access key with which the console signs, unless callers have tables of their own. */
export const OWN_KEY = "console";

export interface Places {
  /** `one`: all callers share the tables; `region`: each region has its own; `each`: each access key, too. */
  databases: "one" | "region" | "each";
  region: string;
  regions: Record<string, number>;
}

/** Who asks: the region and access key of the requests. */
export const caller = {
  region: "",
  get accessKey(): string {
    return sessionStorage.getItem("ddbmock-access-key") || OWN_KEY;
  },
  set accessKey(key: string) {
    sessionStorage.setItem("ddbmock-access-key", key);
  },
};

let home = "us-east-1";

/** The region that places have unless their link names another one. */
export const homeRegion = (): string => home;

export const placesOf = (): Promise<Places> => control("GET", `regions?${new URLSearchParams({ access_key: caller.accessKey })}`) as Promise<Places>;

/** The regions of the server, asked for once; the page begins in the first that has tables. */
export const places: Promise<Places | null> = placesOf().then(
  (found) => {
    const filled = Object.keys(found.regions).filter((name) => found.regions[name]);
    home = found.regions[found.region] || !filled[0] ? found.region : filled[0];
    return found;
  },
  () => null,
);

/** What a control request needs to know of the caller, as its query. */
export const callerQuery = async (): Promise<string> => {
  await places;
  return String(new URLSearchParams({ region: caller.region || home, access_key: caller.accessKey }));
};

export const noAnswer = (): Error => new Error(`No answer from ${location.host}. Is the server running?`);

/** Make a request; a server that does not answer is an error in words that help. */
async function fetched(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch {
    throw noAnswer();
  }
}

/** Perform an operation of one of DynamoDB's APIs, as the console's caller or another one. */
export async function call(operation: string, body: Json = {}, api = "DynamoDB_20120810", as: { region?: string; accessKey?: string } = {}): Promise<Json> {
  await places;
  const day = "20260101";
  const response = await fetched(`${BASE}/`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `${api}.${operation}`,
      "X-Amz-Date": `${day}T000000Z`,
      Authorization:
        `AWS4-HMAC-SHA256 Credential=${as.accessKey || caller.accessKey}/${day}/${as.region || caller.region || home}/dynamodb/aws4_request, ` +
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=0",
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const answer: Json = text ? JSON.parse(text) : {};
  if (response.ok) return answer;
  throw new ServiceError(
    String(answer.__type ?? response.status).replace(/^.*#/, ""),
    answer.message ?? answer.Message ?? "",
    unescaped(response.headers.get("x-ddbmock-hint")),
    answer,
  );
}

export function streams(operation: string, body: Json = {}): Promise<Json> {
  return call(operation, body, "DynamoDBStreams_20120810");
}

/** Use the control API; `path` is relative to /_ddbmock/. */
export async function control(method: "GET" | "POST" | "DELETE", path: string, body?: Json): Promise<Json> {
  const response = await fetched(`${BASE}/_ddbmock${path && "/"}${path}`, {
    method,
    headers: { ...controlHeaders(), ...(body ? { "Content-Type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer: Json = await response.json();
  if (response.ok) return answer;
  throw new ServiceError(`${response.status < 500 ? REFUSED : "Status "}${response.status}`, answer["message"] ?? "", null, answer);
}

/** The address of a stream of events of the control API. */
export function eventsUrl(path: string, query: Record<string, string>): string {
  return `${BASE}/_ddbmock/${path}?${new URLSearchParams({ ...query, ...(AUTHORIZATION ? { token: AUTHORIZATION } : {}) })}`;
}

/** A hint as it was before it was escaped for a header. */
function unescaped(hint: string | null): string | null {
  return (
    hint &&
    hint.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g, (_, x, u, U, one) => {
      const code = x ?? u ?? U;
      return code ? String.fromCodePoint(parseInt(code, 16)) : one === "n" ? "\n" : one === "t" ? "\t" : one;
    })
  );
}
