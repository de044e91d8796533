// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/content_hash.h"

#include "core/base/parallel.h"
#include "core/files/io/fingerprint.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>
#include <xxhash.h>

namespace bitloom {

namespace {

constexpr size_t kPieceBytes = size_t{16} << 20U;
/// A file changed so shortly before it was opened could be written to again within one tick of the
/// disk's clock, and have the same stamp.
constexpr int64_t kSettled = 2'000'000'000; // nanoseconds

int64_t nanosecondsNow()
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

std::span<const std::byte> pieceOf(const MappedFile& file, size_t piece)
{
    const size_t first = piece * kPieceBytes;
    return file.bytes().subspan(first, std::min(kPieceBytes, file.bytes().size() - first));
}

/// All of what a note must agree with, as one text.
std::string wordsOf(const FileStamp& stamp)
{
    const nlohmann::json words = {stamp.device, stamp.inode, stamp.bytes, stamp.modified,
                                  stamp.changed};
    return words.dump();
}

/// The same file is noted under one name, however it was called.
std::string noteOf(const MappedFile& file)
{
    std::error_code failed;
    const std::filesystem::path path = std::filesystem::canonical(file.path(), failed);
    Fingerprint name;
    name.add(failed ? file.path() : path.string());
    return name.hex();
}

/// Drops the progress of the loop over pieces, which is told in bytes of all files.
class StopOfPieces : public Progress {
public:
    StopOfPieces(Progress& whole, std::function<void(Progress&)> tell)
        : m_whole(whole)
        , m_tell(std::move(tell))
    {
    }
    void report(double, std::string_view) override { m_tell(m_whole); }
    bool stopRequested() const override { return m_whole.stopRequested(); }

private:
    Progress& m_whole;
    std::function<void(Progress&)> m_tell;
};

} // namespace

ContentHash::ContentHash(const Checkpoint& checkpoint, MeasurementEntry notes)
    : m_notes(std::move(notes))
{
    Fingerprint rest;
    for (const auto& [name, text] : checkpoint.sideFiles) {
        rest.add(name);
        rest.add(text);
    }
    std::map<const MappedFile*, int64_t> numbers;
    for (const StoredTensor& tensor : checkpoint.tensors) {
        const auto [known, isNew] =
            numbers.try_emplace(tensor.file.get(), static_cast<int64_t>(numbers.size()));
        rest.add(tensor.name);
        rest.add(known->second);
        if (!isNew || !tensor.file)
            continue;
        const size_t bytes = tensor.file->bytes().size();
        m_bytes += static_cast<int64_t>(bytes);
        m_files.push_back({tensor.file, {}, {}});
        m_files.back().pieces.resize((bytes + kPieceBytes - 1) / kPieceBytes);
    }
    m_rest = rest.hex();
}

std::optional<std::string> ContentHash::hex(Progress& progress)
{
    std::unique_lock lock(m_reading, std::defer_lock);
    if (!waitForOthers(lock, progress))
        return std::nullopt;
    Fingerprint whole;
    whole.add(m_rest);
    for (File& file : m_files) {
        if (file.file->wasWrittenTo() || !read(file, progress) || file.file->wasWrittenTo())
            return std::nullopt;
        whole.add(file.hash);
    }
    return whole.hex();
}

bool ContentHash::waitForOthers(std::unique_lock<std::timed_mutex>& lock, Progress& progress)
{
    while (!lock.try_lock_for(std::chrono::milliseconds(50))) {
        if (progress.stopRequested())
            return false;
        report(progress);
    }
    return true;
}

bool ContentHash::read(File& file, Progress& progress)
{
    if (file.hash.empty())
        file.hash = noted(*file.file);
    if (!file.hash.empty())
        return true;
    StopOfPieces pieces(progress, [this](Progress& whole) { report(whole); });
    const auto count = static_cast<int64_t>(file.pieces.size());
    const int64_t left = parallelFor(count, 0, pieces, {}, [&](int64_t index, int) {
        const auto place = static_cast<size_t>(index);
        if (file.pieces[place])
            return;
        const std::span<const std::byte> bytes = pieceOf(*file.file, place);
        const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
        file.file->letGo(bytes);
        file.pieces[place] = {hash.high64, hash.low64};
        m_bytesRead += static_cast<int64_t>(bytes.size());
    });
    if (left > 0)
        return false;
    file.file->check();
    Fingerprint whole;
    whole.add(static_cast<int64_t>(file.file->bytes().size()));
    for (const std::optional<Digest>& piece : file.pieces)
        whole.add(std::as_bytes(std::span(*piece)));
    file.hash = whole.hex();
    note(file);
    return true;
}

void ContentHash::report(Progress& progress) const
{
    const int64_t percent = 100 * m_bytesRead / std::max<int64_t>(1, m_bytes);
    progress.report(0, "reading the whole model once, " + std::to_string(percent) + " %");
}

std::string ContentHash::noted(const MappedFile& file) const
{
    if (!file.openedAs())
        return {};
    const std::string beginning = wordsOf(*file.openedAs()) + ' ';
    const std::string text = m_notes.read(noteOf(file)).value_or("");
    return text.starts_with(beginning) ? text.substr(beginning.size()) : std::string();
}

void ContentHash::note(const File& file) const
{
    const std::optional<FileStamp>& stamp = file.file->openedAs();
    if (stamp && nanosecondsNow() - stamp->changed > kSettled)
        m_notes.write(noteOf(*file.file), wordsOf(*stamp) + ' ' + file.hash);
}

} // namespace bitloom
