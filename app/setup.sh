# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by app/run.sh and tests/run.sh: what a fresh Debian 12 machine needs, and how to build.

# Package, then why; `bitloom_packages` keeps the first word of each line.
bitloom_package_list='
cmake                 configures the build
ninja-build           runs it
g++                   compiles it
pkg-config            finds PCRE2, xxHash and ICU
ccache                makes a second build quick
qt6-base-dev          the window
libqt6svg6-dev        icons and SVG export of plots
qt6-qpa-plugins       shows the window on X11
fonts-dejavu-core     text where no font is installed
libqcustomplot-dev    plots
libtorch-dev          the reference engine
libopenblas0-pthread  fast matrix products for it
nlohmann-json3-dev    reads and writes JSON
libcli11-dev          command line of bitloom-cli
libpcre2-dev          pre-tokenizer regular expressions
libxxhash-dev         tells models apart by all of their bytes
libicu-dev            Unicode for WordPiece tokenizers; Qt brings its library anyway
libvulkan-dev         Vulkan headers
libvulkan-volk-dev    loads Vulkan when it is there
libvulkan1            the Vulkan loader
glslc                 compiles the shaders
mesa-vulkan-drivers   software Vulkan where there is no GPU
'

bitloom_packages() { awk 'NF {print $1}' <<<"$1"; }

# install_packages LIST: installs what is missing of a package list, saying what and why.
install_packages() {
    local list=$1 missing=() package
    for package in $(bitloom_packages "$list"); do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing Debian packages that are missing:"
    for package in "${missing[@]}"; do awk -v p="$package" '$1 == p {print "  " $0}' <<<"$list"; done
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "sudo is needed to install them; or run as root: apt-get install ${missing[*]}" >&2; return 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build_in FOLDER [CMAKE_OPTION...] -- [TARGET...]: configures where that was not done with these
# options, then builds.
build_in() {
    local folder=$1 options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
    [ $# -gt 0 ] && shift
    if [ ! -f "$folder/build.ninja" ] || [ "$(cat "$folder/options" 2>/dev/null)" != "${options[*]}" ]; then
        mkdir -p "$folder"
        rm -f "$folder/options" # a configuration that fails leaves none behind
        cmake -S "$bitloom_root" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release "${options[@]}" >"$folder/configure.log" 2>&1 ||
            { cat "$folder/configure.log" >&2; return 1; }
        echo "${options[*]}" >"$folder/options"
    fi
    NINJA_STATUS='[%f/%t] ' ninja -C "$folder" "$@"
}
