// What /assets/<hash>/vendor/lightweight-charts.mjs holds: the server takes it from the package as it is.
export * from 'lightweight-charts'
