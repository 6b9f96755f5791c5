// A consumer of DynamoDB Streams that uses the JavaScript SDK. It prints the records that it saw.
//
//   node streams.mjs http://localhost:6543

import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  DynamoDBStreamsServiceException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";

const options = { endpoint: process.argv[2] };
const dynamodb = new DynamoDBClient(options);
const streams = new DynamoDBStreamsClient(options);
const TableName = "visits";

await dynamodb.send(
  new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  }),
);
await waitUntilTableExists({ client: dynamodb, maxWaitTime: 20, minDelay: 1 }, { TableName });
const photo = new Uint8Array([0, 255]);
await dynamodb.send(
  new PutItemCommand({ TableName, Item: { id: { S: "a" }, n: { N: "1" }, photo: { B: photo } } }),
);
await dynamodb.send(new PutItemCommand({ TableName, Item: { id: { S: "a" }, n: { N: "2" } } }));
await dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: "a" } } }));

const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
const StreamArn = Streams[0].StreamArn;
const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
const seen = [];
for (const { ShardId } of StreamDescription.Shards) {
  let { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }),
  );
  for (;;) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }));
    for (const { eventName, dynamodb: content } of page.Records) {
      const { NewImage, OldImage, ApproximateCreationDateTime } = content;
      seen.push({
        eventName,
        keys: content.Keys,
        newNumber: NewImage?.n.N,
        oldNumber: OldImage?.n.N,
        photo: NewImage?.photo && [...NewImage.photo.B],
        isDate: ApproximateCreationDateTime instanceof Date,
      });
    }
    if (!page.NextShardIterator || page.Records.length === 0) break;
    ShardIterator = page.NextShardIterator;
  }
}
let refused;
try {
  await streams.send(new GetRecordsCommand({ ShardIterator: "made up" }));
} catch (error) {
  refused = [error instanceof DynamoDBStreamsServiceException, error.name, error.message];
}
await dynamodb.send(new DeleteTableCommand({ TableName }));
const status = StreamDescription.StreamStatus;
console.log(JSON.stringify({ table: Streams[0].TableName, status, seen, refused }));
