// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/display_name.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <regex>

namespace bitloom {

namespace {

namespace fs = std::filesystem;

/// Names of folders and files that say nothing about what lies there.
bool saysNothing(const std::string& name)
{
    static const std::regex kNothing(
        "|hf([-_ .].*)?|huggingface|main|master|snapshots?|refs|blobs|models?|weights?|"
        "(pytorch|tf|adapter|consolidated|ggml)?[-_.]?(models?|weights?)?|"
        "safetensors|gguf|onnx|pytorch|transformers|checkpoints?([-_]?[0-9]+)?|"
        "(output|out|export|exported|merged|saved|final|best|latest|last|tmp|temp|new|original|"
        "quantized|downloads?|files?|data)([-_]?model)?|[0-9.]+|v[0-9.]+|(?=.*[0-9])[0-9a-f]{7,64}",
        std::regex::icase | std::regex::optimize);
    return std::regex_match(name, kNothing);
}

/// "models--owner--name" → "owner/name"; empty where no folder of the path is called like that.
std::string cachedRepository(const fs::path& path)
{
    constexpr std::string_view kPrefix = "models--";
    for (const fs::path& part : path) {
        std::string name = part.string();
        if (!name.starts_with(kPrefix) || name.size() == kPrefix.size())
            continue;
        name.erase(0, kPrefix.size());
        if (const size_t dashes = name.find("--"); dashes != std::string::npos)
            name.replace(dashes, 2, "/");
        return name;
    }
    return {};
}

/// Not a path to where it once lay.
bool isName(const std::string& claimed)
{
    const auto slashes = std::count(claimed.begin(), claimed.end(), '/');
    const bool path = claimed.empty() || slashes > 1 || claimed.find('\\') != std::string::npos ||
                      claimed.find(':') != std::string::npos ||
                      std::string_view("/.~").find(claimed.front()) != std::string_view::npos ||
                      claimed.back() == '/';
    return !path && !saysNothing(claimed.substr(claimed.rfind('/') + 1));
}

/// Without the ending and the number of a shard.
std::string stemOf(const fs::path& file)
{
    static const std::regex kShardNumber("-[0-9]{5}-of-[0-9]{5}$");
    std::string name = file.filename().string();
    for (const std::string_view ending : {".safetensors", ".gguf"})
        if (name.size() > ending.size() && name.ends_with(ending))
            return std::regex_replace(name.substr(0, name.size() - ending.size()), kShardNumber,
                                      "");
    return name;
}

} // namespace

std::string displayName(const std::string& path, const std::string& claimed)
{
    std::error_code error;
    fs::path place = fs::absolute(path, error).lexically_normal();
    if (place.filename().empty())
        place = place.parent_path();
    std::string own = stemOf(place);
    if (!saysNothing(own))
        return own;
    if (std::string repository = cachedRepository(place); !repository.empty())
        return repository;
    if (isName(claimed))
        return claimed;
    for (fs::path above = place.parent_path(); above.has_relative_path();
         above = above.parent_path())
        if (!saysNothing(above.filename().string()))
            return above.filename().string();
    return own;
}

} // namespace bitloom
