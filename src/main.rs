//! Words to calls, errors to exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    cwm::cli::main(std::env::args_os())
}
