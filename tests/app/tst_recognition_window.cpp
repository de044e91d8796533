// SPDX-License-Identifier: GPL-3.0-or-later
// The window reads a model once while nobody waits for it, where anything may be kept at all.
#include "core/files/store/content_hash.h"
#include "tests/app/app_fixture.h"
#include "tests/test_data.h"

using namespace bitloom;

namespace {

/// Before it reads anything.
class NoPatience : public Progress {
public:
    bool stopRequested() const override { return true; }
};

bool isKnown(const QString& cache)
{
    NoPatience at;
    const MeasurementStore store(cache.toStdString());
    return ContentHash(openCheckpoint(sampleData()), store.notes()).hex(at).has_value();
}

} // namespace

class TestRecognitionWindow : public QObject {
    Q_OBJECT

    AppFixture m_fixture;

private Q_SLOTS:
    void openedModelsAreReadInTheBackground()
    {
        const QString cache = m_fixture.folder() + "/cache";
        QVERIFY(!isKnown(cache));
        qputenv("BITLOOM_CACHE", cache.toUtf8());
        ApplicationContext context(makeEngines());
        openSample(context.session);
        QTRY_VERIFY_WITH_TIMEOUT(isKnown(cache), 20000);
        QTRY_VERIFY(!context.session.jobs().isRunning("recognise"));
    }

    void nothingIsReadWhereNothingIsKept()
    {
        qputenv("BITLOOM_CACHE", "off");
        ApplicationContext context(makeEngines());
        QSignalSpy started(&context.session.jobs(), &Jobs::started);
        openSample(context.session);
        for (const QList<QVariant>& job : std::as_const(started))
            QVERIFY(job.first().toString() != "recognise");
    }
};

QTEST_MAIN(TestRecognitionWindow)
#include "tst_recognition_window.moc"
