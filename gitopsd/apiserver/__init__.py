"""The Kubernetes API over any store: what a client sees, apart from where objects are kept.

`store` says what a store must do. `face` takes HTTP requests and picks one of `discovery`,
`openapi`, `reading`, `watching`, `writing`; `rules` are what API servers know of single kinds
(defaults, validation, what cannot change), `resources` which kinds there are, `crds` how custom
kinds come and go, `table` the columns that kubectl prints, `errors` the Status of a refusal.
"""
