"""The policy language of AWS: documents, principals, conditions, and the decision about a request.

Pure functions of policies and a request; nothing here knows tables or operations.
Source: IAM User Guide, "IAM JSON policy reference".
"""
