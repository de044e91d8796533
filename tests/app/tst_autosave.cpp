// SPDX-License-Identifier: GPL-3.0-or-later
// An autosave belongs to one session as long as that lives, and then to whoever opens the model.
#include "app/document/autosave.h"
#include "app/document/session.h"
#include "tests/app/app_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

using namespace bitloom;

class TestAutosave : public QObject {
    Q_OBJECT

    AppFixture m_fixture;

    static QStringList files()
    {
        return QDir(AppFixture::dataFolder() + "/autosave").entryList({"*.json"}, QDir::Files);
    }
    static QStringList locks()
    {
        return QDir(AppFixture::dataFolder() + "/autosave").entryList({"*.lock"}, QDir::Files);
    }
    static Autosave of(const char* scheme)
    {
        Recipe recipe;
        recipe.target = "safetensors";
        recipe.modelIdentity = "0123";
        recipe.slots["slot"].scheme = scheme;
        return {scheme, recipe};
    }
    static std::string schemeOf(const std::optional<Autosave>& autosave)
    {
        return autosave ? autosave->recipe.choice("slot").scheme : std::string("none");
    }

private Q_SLOTS:
    void init() { QDir(AppFixture::dataFolder()).removeRecursively(); }

    void twoSessionsHaveTwoFiles()
    {
        const auto first = AutosaveFile::ofModel("0123");
        const auto second = AutosaveFile::ofModel("0123");
        first->write(of("q8_0"));
        second->write(of("q4_k"));
        QCOMPARE(files().size(), 2);
        QCOMPARE(schemeOf(Autosave::newest()), std::string("none")); // nobody has crashed
        QVERIFY(!AutosaveFile::ofModel("0123")->left());
        second->remove();
        QCOMPARE(files().size(), 1);
        QCOMPARE(locks().size(), 1);
    }

    void whatASessionLeavesIsTakenOnce()
    {
        AutosaveFile::ofModel("0123")->write(of("q8_0")); // and never said goodbye
        QCOMPARE(schemeOf(Autosave::newest()), std::string("q8_0"));
        QVERIFY(!AutosaveFile::ofModel("4567")->left());
        const auto heir = AutosaveFile::ofModel("0123");
        QCOMPARE(schemeOf(heir->left()), std::string("q8_0"));
        QVERIFY(!AutosaveFile::ofModel("0123")->left());
        QCOMPARE(schemeOf(Autosave::newest()), std::string("none"));
        heir->write(of("q4_k"));
        QCOMPARE(files().size(), 1); // in its place
        heir->remove();
        QVERIFY(files().isEmpty() && locks().isEmpty());
    }

    void aProcessThatDiesLeavesItsFile()
    {
        const auto mine = AutosaveFile::ofModel("0123");
        mine->write(of("q8_0"));
        const pid_t child = fork();
        if (child == 0) {
            AutosaveFile::ofModel("0123")->write(of("q4_k"));
            // Not even its destructors run.
            const auto held = AutosaveFile::ofModel("0123");
            held->write(of("q5_k"));
            _exit(held->left() ? 0 : 1);
        }
        int status = -1;
        QCOMPARE(waitpid(child, &status, 0), child);
        QCOMPARE(status, 0);
        QCOMPARE(schemeOf(AutosaveFile::ofModel("0123")->left()), std::string("q5_k"));
        QCOMPARE(files().size(), 2); // mine was left alone
    }

    void thoseOfEarlierVersionsAndBrokenOnes()
    {
        const QString folder = AppFixture::dataFolder() + "/autosave";
        AutosaveFile::ofModel("0123")->write(of("q8_0"));
        QVERIFY(QFile::rename(folder + '/' + files().value(0), folder + "/0123.json"));
        QCOMPARE(schemeOf(AutosaveFile::ofModel("0123")->left()), std::string("q8_0"));
        QFile broken(folder + "/0123.json");
        QVERIFY(broken.open(QFile::WriteOnly) && broken.write("{") == 1);
        broken.close();
        QVERIFY(!AutosaveFile::ofModel("0123")->left());
        QVERIFY(!Autosave::newest());
    }

    void twoWindowsOnOneModel()
    {
        Session first(makeEngines());
        openSample(first);
        first.setScheme(quantizableSlots(first), "q5_k");
        QTRY_COMPARE_WITH_TIMEOUT(files().size(), 1, 10000);
        {
            Session second(makeEngines());
            openSample(second);
            QVERIFY(second.isSaved()); // nothing of the first was restored
            second.setScheme(quantizableSlots(second), "q8_0");
            QTRY_COMPARE_WITH_TIMEOUT(files().size(), 2, 10000);
        } // crashed
        Session third(makeEngines());
        openSample(third);
        QCOMPARE(third.choice(quantizableSlots(third).first()).scheme, std::string("q8_0"));
        third.forgetAutosave();
        QTRY_COMPARE(files().size(), 1);
        first.forgetAutosave();
        QTRY_VERIFY(files().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestAutosave)
#include "tst_autosave.moc"
