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

const AUTHORIZATION = token();

function controlHeaders(): Record<string, string> {
  return AUTHORIZATION ? { "X-Ddbmock-Token": AUTHORIZATION } : {};
}

export const region = {
  get current(): string {
    return localStorage.getItem("ddbmock-region") ?? "us-east-1";
  },
  set current(name: string) {
    localStorage.setItem("ddbmock-region", name);
  },
};

/** Perform an operation of one of DynamoDB's APIs. */
export async function call(operation: string, body: Json = {}, api = "DynamoDB_20120810"): Promise<Json> {
  const day = "20260101";
  const response = await fetch("/", {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `${api}.${operation}`,
      "X-Amz-Date": `${day}T000000Z`,
      Authorization:
        `AWS4-HMAC-SHA256 Credential=console/${day}/${region.current}/dynamodb/aws4_request, ` +
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
  const response = await fetch(path ? `/_ddbmock/${path}` : "/_ddbmock", {
    method,
    headers: { ...controlHeaders(), ...(body ? { "Content-Type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer: Json = await response.json();
  if (response.ok) return answer;
  throw new ServiceError(`Status ${response.status}`, answer.message ?? "", null, answer);
}

/** The address of a stream of events of the control API. */
export function eventsUrl(path: string): string {
  return `/_ddbmock/${path}${AUTHORIZATION ? `?token=${encodeURIComponent(AUTHORIZATION)}` : ""}`;
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
