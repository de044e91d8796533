// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/files/formats/checkpoint.h"
#include "core/files/io/mapped_file.h"
#include "tests/core/files/file_builders.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

#include <csignal>
#include <filesystem>
#include <functional>
#include <numeric>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace bitloom;

namespace {

int sum(std::span<const std::byte> bytes)
{
    return std::accumulate(bytes.begin(), bytes.end(), 0,
                           [](int total, std::byte b) { return total + std::to_integer<int>(b); });
}

std::string errorOf(const std::function<void()>& work)
{
    return refusal(work).toStdString();
}

/// Touches a page of a mapping that is not ours and lies behind the end of its file.
void touchForeignMapping(const std::string& path)
{
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (ftruncate(file, 8192) != 0)
        return;
    void* memory = mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file, 0);
    if (ftruncate(file, 0) == 0)
        _exit(*static_cast<volatile char*>(memory));
}

/// How a child process that runs `work` ends: 0 when it survives.
template <typename Work>
int statusOf(Work work)
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        if (freopen("/dev/null", "w", stderr)) // a sanitizer would report at length
            work();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

} // namespace

class TestMappedFile : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

private Q_SLOTS:
    // First: its child processes must not have the guard yet.
    void otherBusErrorsGoToThePreviousHandler();
    void refusesWhatIsNoFile();
    void cutWhileMapped();
    void cutAndGrownAgain();
    void manyMappingsEachKnowTheirOwn();
    void tensorsOfACutFileThrow();
};

void TestMappedFile::otherBusErrorsGoToThePreviousHandler()
{
    writeBytes(path("sound"), "x");
    const auto statusUnder = [&](void (*handler)(int)) {
        return statusOf([&] {
            signal(SIGBUS, handler);
            const auto file = MappedFile::open(path("sound"));
            touchForeignMapping(path("foreign"));
        });
    };
    const int handled = statusUnder([](int) { _exit(42); });
    QVERIFY(WIFEXITED(handled) && WEXITSTATUS(handled) == 42);
    const int unhandled = statusUnder(SIG_DFL);
    QVERIFY(WIFSIGNALED(unhandled) && WTERMSIG(unhandled) == SIGBUS);
}

void TestMappedFile::refusesWhatIsNoFile()
{
    QCOMPARE(errorOf([&] { MappedFile::open(m_folder.path().toStdString()); }),
             "[open] " + m_folder.path().toStdString() + " is a folder, not a file");
    QCOMPARE(mkfifo(path("pipe").c_str(), 0600), 0);
    QCOMPARE(errorOf([&] { MappedFile::open(path("pipe")); }),
             "[open] " + path("pipe") + " is not an ordinary file");
    fs::create_symlink("blobs/gone", path("link"));
    QCOMPARE(errorOf([&] { MappedFile::open(path("link")); }),
             "[open] " + path("link") + " is a link to blobs/gone, which is not there");
}

void TestMappedFile::cutWhileMapped()
{
    writeBytes(path("cut"), std::string(100000, '\1'));
    const auto file = MappedFile::open(path("cut"));
    QCOMPARE(sum(file->bytes()), 100000);
    file->check();
    fs::resize_file(path("cut"), 4096);
    QCOMPARE(sum(file->bytes()), 4096);
    QCOMPARE(errorOf([&] { file->check(); }),
             "[file] " + path("cut") +
                 " was cut short while open: 4096 of its 100000 bytes are left");
}

void TestMappedFile::cutAndGrownAgain()
{
    writeBytes(path("grown"), std::string(20000, '\1'));
    const auto file = MappedFile::open(path("grown"));
    fs::resize_file(path("grown"), 0);
    QCOMPARE(sum(file->bytes()), 0);
    fs::resize_file(path("grown"), 20000);
    QVERIFY(errorOf([&] { file->check(); }).find("could not be read") != std::string::npos);
    MappedFile::open(path("grown"))->check();
}

void TestMappedFile::manyMappingsEachKnowTheirOwn()
{
    std::vector<std::shared_ptr<const MappedFile>> files;
    for (int i = 0; i < 8; ++i) {
        writeBytes(path("many") + std::to_string(i), std::string(8192, '\1'));
        files.push_back(MappedFile::open(path("many") + std::to_string(i)));
    }
    files.erase(files.begin() + 2);
    fs::resize_file(path("many5"), 0);
    for (const auto& file : files) {
        const bool cut = file->path() == path("many5");
        QCOMPARE(sum(file->bytes()), cut ? 0 : 8192);
        QCOMPARE(errorOf([&] { file->check(); }).empty(), !cut);
    }
}

void TestMappedFile::tensorsOfACutFileThrow()
{
    writeBytes(path("model"), ggufFile({4096, 8}, 0, 4096 * 8 * 4));
    const Checkpoint checkpoint = openCheckpoint(path("model"));
    QCOMPARE(checkpoint.tensors.at(0).read().values.size(), size_t{4096 * 8});
    fs::resize_file(path("model"), 6000);
    const std::string cause =
        "[file] " + path("model") + " was cut short while open: 6000 of its 131168 bytes are left";
    QCOMPARE(errorOf([&] { checkpoint.tensors.at(0).readRows(4, 2); }), cause);
    QCOMPARE(errorOf([&] { checkpoint.tensors.at(0).packed(); }), cause);
    QCOMPARE(errorOf([&] { checkpoint.identity(); }), cause);
}

QTEST_APPLESS_MAIN(TestMappedFile)
#include "tst_mapped_file.moc"
