// A program that uses the JavaScript SDK. It prints, as one JSON object, all that it saw.
//
//   node program.mjs http://localhost:6543

import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ResourceNotFoundException,
  TagResourceCommand,
  TransactionCanceledException,
  UpdateTimeToLiveCommand,
  paginateListTables,
  paginateScan,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  BatchExecuteStatementCommand,
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
  paginateQuery,
} from "@aws-sdk/lib-dynamodb";

const client = new DynamoDBClient({
  endpoint: process.argv[2],
  region: "eu-north-1",
  credentials: { accessKeyId: "any", secretAccessKey: "thing" },
});
const documents = DynamoDBDocumentClient.from(client);
const TableName = "cities";
const soon = { client, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.1 };

async function said(command) {
  const { $metadata, ...answer } = await documents.send(command);
  return answer;
}

async function refused(command, ...classes) {
  try {
    await documents.send(command);
  } catch (error) {
    return {
      name: error.name,
      message: error.message,
      status: error.$metadata.httpStatusCode,
      classes: classes.map((one) => error instanceof one),
      reasons: error.CancellationReasons,
      item: error.Item,
    };
  }
  return null;
}

async function all(pages, member) {
  const found = [];
  for await (const page of pages) found.push(page[member]);
  return found;
}

async function tables() {
  const created = await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "country", AttributeType: "S" },
        { AttributeName: "name", AttributeType: "S" },
        { AttributeName: "people", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "country", KeyType: "HASH" },
        { AttributeName: "name", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-people",
          KeySchema: [
            { AttributeName: "country", KeyType: "HASH" },
            { AttributeName: "people", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const waited = await waitUntilTableExists(soon, { TableName });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return {
    created: created.TableDescription.TableStatus,
    waited: waited.state,
    status: Table.TableStatus,
    arn: Table.TableArn,
    keys: Table.KeySchema,
    indexes: Table.GlobalSecondaryIndexes.map((one) => [one.IndexName, one.IndexStatus]),
    isDate: Table.CreationDateTime instanceof Date,
  };
}

async function items() {
  const key = { country: "fr", name: "Paris" };
  const item = {
    ...key,
    people: 2_102_650,
    area: 105.4,
    capital: true,
    mayor: null,
    rivers: new Set(["Seine"]),
    raw: new Uint8Array([0, 255]),
    districts: [{ number: 1, label: ["Louvre"] }],
  };
  await documents.send(new PutCommand({ TableName, Item: item }));
  const { Item: got } = await documents.send(new GetCommand({ TableName, Key: key }));
  const { Item: some } = await documents.send(
    new GetCommand({ TableName, Key: key, ProjectionExpression: "districts[0].label, area" }),
  );
  const updated = await said(
    new UpdateCommand({
      TableName,
      Key: key,
      UpdateExpression: "SET people = people + :more, #d[1] = :new ADD rivers :rivers REMOVE mayor",
      ConditionExpression: "capital = :yes AND begins_with(#n, :p)",
      ExpressionAttributeNames: { "#d": "districts", "#n": "name" },
      ExpressionAttributeValues: {
        ":more": 350,
        ":new": "second",
        ":rivers": new Set(["Bièvre"]),
        ":yes": true,
        ":p": "Par",
      },
      ReturnValues: "UPDATED_NEW",
      ReturnConsumedCapacity: "INDEXES",
    }),
  );
  const deleted = await said(new DeleteCommand({ TableName, Key: key, ReturnValues: "ALL_OLD" }));
  const gone = await said(new GetCommand({ TableName, Key: key }));
  return {
    got: { ...got, rivers: [...got.rivers], raw: [...got.raw] },
    some,
    updated: {
      ...updated,
      Attributes: { ...updated.Attributes, rivers: [...updated.Attributes.rivers].sort() },
    },
    deleted: Object.keys(deleted.Attributes).sort(),
    gone,
  };
}

async function batches() {
  const names = Array.from({ length: 20 }, (_, number) => `city-${String(number).padStart(2, "0")}`);
  const puts = names.map((name, number) => ({
    PutRequest: { Item: { country: "xx", name, people: number * 100 } },
  }));
  const written = await said(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  const got = await said(
    new BatchGetCommand({
      RequestItems: {
        [TableName]: {
          Keys: [3, 17, 20].map((number) => ({ country: "xx", name: `city-${String(number).padStart(2, "0")}` })),
          ProjectionExpression: "people",
        },
      },
    }),
  );
  return {
    unprocessed: written.UnprocessedItems,
    got: got.Responses[TableName].map((item) => item.people).sort((a, b) => a - b),
    left: got.UnprocessedKeys,
  };
}

async function pages() {
  const people = await all(
    paginateQuery(
      { client: documents, pageSize: 8 },
      {
        TableName,
        IndexName: "by-people",
        KeyConditionExpression: "country = :c AND people >= :least",
        ExpressionAttributeValues: { ":c": "xx", ":least": 500 },
        ScanIndexForward: false,
      },
    ),
    "Items",
  );
  const counts = await all(
    paginateScan(
      { client, pageSize: 6 },
      {
        TableName,
        FilterExpression: "people < :most",
        ExpressionAttributeValues: { ":most": { N: "1000" } },
      },
    ),
    "Count",
  );
  const between = await said(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "country = :c AND #n BETWEEN :a AND :b",
      ExpressionAttributeNames: { "#n": "name" },
      ExpressionAttributeValues: { ":c": "xx", ":a": "city-05", ":b": "city-07" },
      Select: "COUNT",
    }),
  );
  return {
    people: people.map((page) => page.map((item) => item.people)),
    counted: counts.reduce((sum, count) => sum + count, 0),
    between,
    tables: (await all(paginateListTables({ client, pageSize: 1 }, {}), "TableNames")).flat(),
  };
}

async function transactions() {
  const Key = { country: "it", name: "Roma" };
  const put = { Put: { TableName, Item: { ...Key, people: 1 } } };
  const update = (least) => ({
    Update: {
      TableName,
      Key: { country: "xx", name: "city-01" },
      UpdateExpression: "SET people = people - :one",
      ConditionExpression: "people >= :least",
      ExpressionAttributeValues: { ":one": 1, ":least": least },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  });
  const get = new TransactGetCommand({ TransactItems: [{ Get: { TableName, Key } }] });
  const cancelled = await refused(
    new TransactWriteCommand({ TransactItems: [put, update(1000)] }),
    TransactionCanceledException,
  );
  const before = await said(get);
  // the SDK makes a ClientRequestToken of its own; one of ours is replayed
  const token = { ClientRequestToken: "once", TransactItems: [put, update(100)] };
  const written = await said(new TransactWriteCommand(token));
  const again = await said(new TransactWriteCommand(token));
  const after = await said(get);
  const other = await said(new GetCommand({ TableName, Key: { country: "xx", name: "city-01" } }));
  return { cancelled, before, written, again, after, other };
}

async function errors() {
  const item = { country: { S: "xx" }, name: { S: "city-00" } };
  return {
    condition: await refused(
      new PutItemCommand({
        TableName,
        Item: item,
        ConditionExpression: "attribute_not_exists(country)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
      ConditionalCheckFailedException,
      DynamoDBServiceException,
    ),
    missing: await refused(
      new GetCommand({ TableName: "nowhere", Key: { id: 1 } }),
      ResourceNotFoundException,
    ),
    syntax: await refused(
      new QueryCommand({ TableName, KeyConditionExpression: "country = = :c" }),
      DynamoDBServiceException,
    ),
    batch: await refused(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: [{ PutRequest: { Item: item } }, { DeleteRequest: { Key: item } }] },
      }),
      DynamoDBServiceException,
    ),
  };
}

async function rest() {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const ResourceArn = Table.TableArn;
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "team", Value: "maps" }] }));
  return {
    tags: await said(new ListTagsOfResourceCommand({ ResourceArn })),
    timeToLive: await said(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: "ends" },
      }),
    ),
  };
}

async function statements() {
  const key = "country = 'pq' AND name = ?";
  const execute = (Statement, ...Parameters) =>
    said(new ExecuteStatementCommand(Parameters.length ? { Statement, Parameters } : { Statement }));
  for (const name of ["one", "two", "three"]) {
    await execute("INSERT INTO cities VALUE {'country': 'pq', 'name': ?, 'people': ?}", name, 7);
  }
  const page = { Statement: "SELECT name FROM cities WHERE country = 'pq'", Limit: 2 };
  const first = await said(new ExecuteStatementCommand(page));
  const { NextToken } = first;
  const second = await said(new ExecuteStatementCommand({ ...page, NextToken }));
  const update = `UPDATE cities SET people = people + 1 WHERE ${key}`;
  return {
    updated: await execute(`${update} RETURNING MODIFIED NEW *`, "one"),
    pages: [first.Items, second.Items],
    last: [first.LastEvaluatedKey, second.NextToken ?? null],
    batch: await said(
      new BatchExecuteStatementCommand({
        Statements: [
          { Statement: `SELECT people FROM cities WHERE ${key}`, Parameters: ["one"] },
          { Statement: `SELECT people FROM cities WHERE ${key}`, Parameters: ["none"] },
        ],
      }),
    ),
    transaction: await said(
      new ExecuteTransactionCommand({
        TransactStatements: ["one", "two"].map((name) => ({
          Statement: update,
          Parameters: [name],
        })),
      }),
    ),
    refused: await refused(
      new ExecuteStatementCommand({ Statement: "SELEKT * FROM cities" }),
      DynamoDBServiceException,
    ),
  };
}

async function end() {
  const other = "other";
  await client.send(
    new CreateTableCommand({
      TableName: other,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  await waitUntilTableExists(soon, { TableName: other });
  const deleted = await client.send(new DeleteTableCommand({ TableName: other }));
  const waited = await waitUntilTableNotExists(soon, { TableName: other });
  return { deleted: deleted.TableDescription.TableStatus, waited: waited.state };
}

const seen = {};
for (const part of [tables, items, batches, pages, transactions, errors, rest, statements, end]) {
  seen[part.name] = await part();
}
console.log(JSON.stringify(seen));
