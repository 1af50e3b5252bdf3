package caremux

// Version is the version of this module, part of the User-Agent of every request.
const Version = "0.1.0"
