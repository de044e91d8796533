// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace bitloom {

/// What people call the model at `path`: the repository of a folder in Hugging Face's cache
/// ("owner/name"); else the name of the folder, or of the file without what says its kind. Where
/// that names no model ("hf", "main", a hash, "model.safetensors"), `claimed` (what its files call
/// it; may be empty) if that is a name and no path, else the nearest folder above that has one.
std::string displayName(const std::string& path, const std::string& claimed);

} // namespace bitloom
