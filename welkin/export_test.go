package welkin

// JWTExpiry is jwtExpiry for tests.
var JWTExpiry = jwtExpiry
