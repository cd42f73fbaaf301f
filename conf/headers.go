package conf

// HeaderEdits are changes of fields, made in the order remove, set, add. Values are templates: {client.ip} or another attribute in
// braces stands for its value, and a field whose attribute the request has not is left out.
type HeaderEdits struct {
	Remove []string          `toml:"remove" doc:"fields to remove"`
	Set    map[string]string `toml:"set" doc:"fields to replace; {client.ip} or another attribute in braces stands for its value"`
	Add    map[string]string `toml:"add" doc:"fields to add beside those of the same name"`
}

// CORS answers cross-origin requests.
type CORS struct {
	Origins     []string `toml:"origins" required:"yes" doc:"origins that may read answers, such as https://app.example.com or https://*.example.com; * for all"`
	Methods     []string `toml:"methods" default:"GET, HEAD, POST" doc:"methods that they may use"`
	Headers     []string `toml:"headers" doc:"fields that they may send"`
	Expose      []string `toml:"expose" doc:"fields that they may read"`
	Credentials bool     `toml:"credentials" default:"false" doc:"whether cookies and authorization may go along"`
	MaxAge      Duration `toml:"max_age" default:"10m" max:"24h" doc:"how long a preflight's answer is kept"`
}
