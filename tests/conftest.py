"""What all tests need: ddbmock imported before boto, which could not be imported without it."""

import ddbmock as ddbmock
