// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/io/text_file.h"
#include "core/files/store/measurement_store.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace bitloom {

namespace {

namespace fs = std::filesystem;

/// FNV-1a by eight bytes at a time: as quick as memory.
uint64_t checksum(std::span<const std::byte> bytes)
{
    uint64_t hash = 0xCBF29CE484222325;
    for (size_t at = 0; at < bytes.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
        hash = (hash ^ word) * 0x100000001B3;
    }
    return hash;
}

/// What stands before a content, to tell whether it is whole.
std::string seal(const std::string& content)
{
    Fingerprint fingerprint;
    fingerprint.add(content);
    return fingerprint.hex();
}

/// The content of a file under its seal. Nothing: it has none, or is not as it was written.
std::optional<std::string> unsealed(const fs::path& file)
{
    std::error_code none;
    if (!fs::is_regular_file(file, none))
        return std::nullopt;
    std::string beginning(Fingerprint::kHexDigits, '\0');
    std::ifstream(file, std::ios::binary).read(beginning.data(), Fingerprint::kHexDigits);
    if (!Fingerprint::isHex(beginning)) // a foreign file may be large
        return std::nullopt;
    try {
        std::string content = readTextFile(file.string()).substr(Fingerprint::kHexDigits);
        return seal(content) == beginning ? std::optional(std::move(content)) : std::nullopt;
    } catch (const std::exception&) { // gone, or cut meanwhile
        return std::nullopt;
    }
}

/// Tells that a folder was made here, whatever came into it.
constexpr const char* kMark = ".bitloom";

} // namespace

std::optional<std::string> MeasurementEntry::read(const std::string& name) const
{
    return m_folder.empty() ? std::nullopt : unsealed(pathOf(name));
}

bool MeasurementEntry::write(const std::string& name, const std::string& content) const
{
    return replace(name, [&](std::ostream& file) { file << seal(content) << content; });
}

bool MeasurementEntry::replace(const std::string& name,
                               const std::function<void(std::ostream&)>& fill) const
{
    if (m_folder.empty())
        return false;
    // Not synced: what a power failure leaves half written is measured again.
    const std::string temporary = pathOf(name) + ".new" + std::to_string(getpid());
    std::ofstream file(temporary, std::ios::binary);
    fill(file);
    file.close();
    std::error_code failed;
    if (file)
        fs::rename(temporary, pathOf(name), failed);
    const bool replaced = file && !failed;
    if (!replaced)
        fs::remove(temporary, failed);
    return replaced;
}

void MeasurementEntry::remove(const std::string& name) const
{
    std::error_code none;
    if (!m_folder.empty())
        fs::remove(pathOf(name), none);
}

std::unique_ptr<Scratch> MeasurementEntry::floats(const std::string& name, int64_t count) const
{
    if (!m_folder.empty()) {
        try {
            return Scratch::named(pathOf(name), count);
        } catch (const Error&) { // NOLINT(bugprone-empty-catch): perhaps elsewhere there is room
        }
    }
    return Scratch::floats(count);
}

void MeasurementEntry::keep(Scratch& floats)
{
    try {
        floats.keep();
    } catch (const Error&) { // NOLINT(bugprone-empty-catch): measured again the next time
    }
}

std::unique_ptr<Scratch> MeasurementEntry::stored(const std::string& name, int64_t count) const
{
    return m_folder.empty() ? nullptr : Scratch::stored(pathOf(name), count);
}

bool MeasurementEntry::writeBytes(const std::string& name, std::span<const std::byte> bytes) const
{
    return replace(name, [&](std::ostream& file) {
        const uint64_t sum = checksum(bytes);
        file.write(reinterpret_cast<const char*>(&sum), sizeof(sum));
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    });
}

bool MeasurementEntry::readBytes(const std::string& name, std::span<std::byte> bytes) const
{
    std::error_code none;
    if (m_folder.empty() || fs::file_size(pathOf(name), none) != sizeof(uint64_t) + bytes.size())
        return false;
    std::ifstream file(pathOf(name), std::ios::binary);
    uint64_t sum = 0;
    file.read(reinterpret_cast<char*>(&sum), sizeof(sum));
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return file && sum == checksum(bytes);
}

void MeasurementEntry::removeIf(
    const std::function<bool(const std::string& name)>& isUnwanted) const
{
    std::error_code none;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(m_folder, none))
        if (isUnwanted(file.path().filename().string()))
            files.push_back(file.path());
    for (const fs::path& file : files)
        fs::remove(file, none);
}

bool MeasurementEntry::isOurs() const
{
    std::error_code none;
    std::vector<fs::path> files;
    for (const auto& file : fs::directory_iterator(m_folder, none)) {
        if (file.is_symlink(none) || !file.is_regular_file(none))
            return false;
        files.push_back(file.path());
    }
    const auto isSealed = [](const fs::path& file) { return unsealed(file).has_value(); };
    return !none && (files.empty() || read(kMark) || std::ranges::any_of(files, isSealed));
}

void MeasurementEntry::removeWhole() const
{
    std::error_code none;
    if (!isOurs())
        return;
    removeIf([](const std::string&) { return true; });
    fs::remove(m_folder, none);
}

void MeasurementEntry::mark() const
{
    std::error_code none;
    if (!fs::exists(pathOf(kMark), none))
        write(kMark, "a measurement of Bitloom\n");
}

} // namespace bitloom
