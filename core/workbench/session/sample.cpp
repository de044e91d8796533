// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/sample.h"

#include "core/base/error.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace bitloom {
namespace {

namespace fs = std::filesystem;

/// Beside a build folder (../resources), or as installed (../share).
std::vector<fs::path> sampleCandidates()
{
    if (const char* named = std::getenv("BITLOOM_SAMPLE_DIR"))
        return {named};
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    return {program / ".." / "resources" / "sample",
            program / ".." / "share" / "bitloom" / "sample"};
}

} // namespace

std::string sampleFolder()
{
    std::string tried;
    for (const fs::path& folder : sampleCandidates()) {
        std::error_code error;
        if (fs::exists(folder / "model.safetensors", error))
            return fs::weakly_canonical(folder, error).string();
        tried += (tried.empty() ? "" : " nor ") + folder.lexically_normal().string();
    }
    throw Error("sample", "the bundled sample model is not in " + tried);
}

} // namespace bitloom
