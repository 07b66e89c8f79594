//! Speaks to a cluster in HTTP/2 where it can, so that many questions share one connection.
//!
//! Who asks, and how it is proven, is kube's business, as it is everywhere else.

use std::time::Duration;

use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ConfigExt};
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder};

/// How large an answer may grow before somebody reads it; lists of a thousand objects have a megabyte.
const WINDOW: u32 = 8 << 20;

/// A client for the cluster of a configuration.
///
/// # Errors
/// Its certificates, its keys or its way to log in cannot be used.
pub(super) fn client(config: Config, patience: Duration) -> Result<Client, BoxError> {
    if config.proxy_url.is_some() {
        // A proxy has ways of its own to log in, which kube knows; it speaks HTTP/1 behind it.
        return Ok(Client::try_from(config)?);
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(patience));
    let tls = HttpsConnectorBuilder::new().with_tls_config(config.rustls_client_config()?).https_or_http();
    let tls = match &config.tls_server_name {
        Some(name) => tls.with_server_name_resolver(FixedServerNameResolver::new(name.clone().try_into()?)),
        None => tls,
    };
    let connector = tls.enable_all_versions().wrap_connector(connector);
    let mut http = legacy::Builder::new(TokioExecutor::new());
    http.http2_initial_stream_window_size(WINDOW).http2_initial_connection_window_size(WINDOW * 4);
    let http: legacy::Client<_, Body> = http.build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(Client::new(service, config.default_namespace))
}
