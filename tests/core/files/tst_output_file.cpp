// SPDX-License-Identifier: GPL-3.0-or-later
// What is written never destroys what is read, protected, or no ordinary file.
#include "core/files/io/output_file.h"

#include "core/files/formats/writers.h"
#include "core/files/io/atomic_file.h"
#include "core/files/io/file_in_use.h"
#include "tests/refusal.h"
#include "tests/test_data.h"

#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

using namespace bitloom;

namespace {

namespace fs = std::filesystem;

QString refusalOf(const OutputFile& file)
{
    return refusal([&] { requireWritable(file); });
}

} // namespace

class TestOutputFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    std::string written(const char* name) const
    {
        writeTextFile(path(name), "old");
        return path(name);
    }
    void staysAsItWas(const std::string& file, mode_t type) const
    {
        QVERIFY(refusalOf(file).contains("not an ordinary file"));
        QVERIFY(!refusal([&] { writeTextFile(file, "new"); }).isEmpty());
        struct stat status = {};
        QVERIFY(lstat(file.c_str(), &status) == 0 && (status.st_mode & S_IFMT) == type);
    }

private Q_SLOTS:
    void namesThatAreNone()
    {
        QCOMPARE(refusalOf(""), QString("[write] the file to write has no name"));
        QVERIFY(refusalOf(m_folder.path().toStdString()).endsWith("is a folder, not a file"));
        QVERIFY(refusalOf(path("new/")).endsWith("names a folder, not a file"));
        QVERIFY(refusalOf(path("nowhere/f")).endsWith("no such file or folder"));
        QVERIFY(refusalOf(written("plain") + "/f").contains("cannot be written"));
        fs::create_symlink("loop", path("loop"));
        QVERIFY(refusalOf(path("loop")).endsWith("the link leads back to itself"));
        QVERIFY(refusalOf(path(std::string(300, 'x').c_str())).endsWith("the name is too long"));
        QVERIFY(refusalOf(path("new")).isEmpty());
        QVERIFY(!fs::exists(path("new"))); // only looked at
    }

    void pipesStay()
    {
        QVERIFY(mkfifo(path("pipe").c_str(), 0600) == 0);
        staysAsItWas(path("pipe"), S_IFIFO);
        fs::create_symlink("pipe", path("to-pipe"));
        QVERIFY(refusalOf(path("to-pipe")).contains("is a pipe"));
    }

    void socketsStay()
    {
        const std::string file = path("s");
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        QVERIFY(file.size() < sizeof(address.sun_path));
        std::memcpy(address.sun_path, file.c_str(), file.size());
        const int made = socket(AF_UNIX, SOCK_STREAM, 0);
        QVERIFY(bind(made, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
        close(made);
        staysAsItWas(file, S_IFSOCK);
    }

    void devicesStay()
    {
        const std::string file = path("null"); // one of our own, never that in /dev
        if (mknod(file.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0)
            QSKIP("no right to make a device");
        staysAsItWas(file, S_IFCHR);
    }

    void protectedFilesStay()
    {
        const std::string file = written("protected");
        fs::permissions(file, fs::perms::owner_read); // binds root here, too
        QVERIFY(refusalOf(file).contains("is write-protected"));
        QVERIFY(refusalOf({file, true}).contains("is write-protected"));
        QVERIFY(!refusal([&] { writeTextFile(file, "new"); }).isEmpty());
        QCOMPARE(readTextFile(file), std::string("old"));
    }

    void whatIsReadStaysByWhateverName()
    {
        const std::string file = written("read");
        fs::create_symlink("read", path("read-link"));
        fs::create_hard_link(file, path("read-twin"));
        {
            const FileInUse text(file);
            const FileInUse twice(file);
            for (const std::string& name : {file, path("read-link"), path("read-twin")})
                QVERIFY(refusalOf(name).contains("is being read"));
        }
        QVERIFY(refusalOf(file).isEmpty());
        const auto mapped = MappedFile::open(file);
        QVERIFY(refusalOf(path("read-twin")).contains("is being read"));
    }

    void everyFileOfAModelIsRead()
    {
        const std::string folder = path("model");
        fs::copy(sampleData(), folder);
        for (const auto& file : fs::directory_iterator(folder))
            fs::permissions(file.path(), fs::perms::owner_all);
        {
            const Checkpoint model = openCheckpoint(folder);
            for (const char* name : {"model.safetensors", "config.json", "tokenizer.json"})
                QVERIFY2(refusalOf(folder + '/' + name).contains("is being read"), name);
        }
        QVERIFY(refusalOf(folder + "/config.json").isEmpty()); // closed
    }

    void whatCameMeanwhileStays()
    {
        AtomicFile asked({path("meanwhile"), false}, 3);
        written("meanwhile");
        QVERIFY(refusal([&] { asked.commit(); }).contains("is already there"));
        QCOMPARE(readTextFile(path("meanwhile")), std::string("old"));
        QVERIFY(refusalOf({path("meanwhile"), false}).contains("is already there"));

        AtomicFile agreed(path("meanwhile"), 3);
        const FileInUse now(path("meanwhile"));
        QVERIFY(refusal([&] { agreed.commit(); }).contains("is being read"));
        QCOMPARE(readTextFile(path("meanwhile")), std::string("old"));
    }

    void aLinkToNothingIsWrittenThrough()
    {
        fs::create_symlink("target", path("dangling"));
        writeTextFile({path("dangling"), false}, "new");
        QVERIFY(fs::is_symlink(path("dangling")));
        QCOMPARE(readTextFile(path("target")), std::string("new"));
    }

    /// Whoever opens the folder takes model.safetensors first.
    void nothingIsHiddenUnasked()
    {
        fs::create_directory(path("sharded"));
        const std::string file = path("sharded/model.safetensors");
        QVERIFY(refusalOf({file, false}).isEmpty());
        fs::create_symlink("sharded/model.safetensors", path("through"));
        for (const char* other : {"model.safetensors.index.json", "pytorch_model.bin",
                                  "pytorch_model.bin.index.json"}) {
            const std::string hidden = written((std::string("sharded/") + other).c_str());
            QCOMPARE(hiddenBy(file), std::string(other));
            for (const std::string& name : {file, path("through")})
                QVERIFY(
                    refusalOf({name, false}).contains(QString("would hide the model of ") + other));
            QVERIFY(!refusal([&] { writeTextFile({file, false}, "new"); }).isEmpty());
            QVERIFY(!fs::exists(file));
            QVERIFY(refusalOf({path("sharded/other.safetensors"), false}).isEmpty());
            QVERIFY(refusalOf({file, true}).isEmpty());
            fs::remove(hidden);
        }
        written("sharded/pytorch_model.bin");
        written("sharded/model.safetensors");
        QVERIFY(hiddenBy(file).empty()); // that is done already
        // A link of the telling name, wherever it leads.
        fs::remove(file);
        fs::create_symlink("../elsewhere", file);
        QVERIFY(refusalOf({file, false}).contains("would hide"));
    }

    void freeNames()
    {
        const std::string stem = path("sample-3.50bpw");
        QCOMPARE(freeName(stem, ".gguf"), stem + ".gguf");
        written("sample-3.50bpw.gguf");
        fs::create_symlink("nowhere", path("sample-3.50bpw-2.gguf")); // also taken
        QCOMPARE(freeName(stem, ".gguf"), stem + "-3.gguf");
    }
};

QTEST_APPLESS_MAIN(TestOutputFile)
#include "tst_output_file.moc"
