"""Security schemes: dependencies that read a client's credentials and describe themselves in OpenAPI."""

from laneway.security.api_key import APIKeyCookie as APIKeyCookie
from laneway.security.api_key import APIKeyHeader as APIKeyHeader
from laneway.security.api_key import APIKeyQuery as APIKeyQuery
from laneway.security.http import HTTPAuthorizationCredentials as HTTPAuthorizationCredentials
from laneway.security.http import HTTPBasic as HTTPBasic
from laneway.security.http import HTTPBasicCredentials as HTTPBasicCredentials
from laneway.security.http import HTTPBearer as HTTPBearer
from laneway.security.http import HTTPDigest as HTTPDigest
from laneway.security.oauth2 import OAuth2 as OAuth2
from laneway.security.oauth2 import OAuth2AuthorizationCodeBearer as OAuth2AuthorizationCodeBearer
from laneway.security.oauth2 import OAuth2PasswordBearer as OAuth2PasswordBearer
from laneway.security.oauth2 import OAuth2PasswordRequestForm as OAuth2PasswordRequestForm
from laneway.security.oauth2 import OAuth2PasswordRequestFormStrict as OAuth2PasswordRequestFormStrict
from laneway.security.oauth2 import SecurityScopes as SecurityScopes
from laneway.security.open_id_connect_url import OpenIdConnect as OpenIdConnect
