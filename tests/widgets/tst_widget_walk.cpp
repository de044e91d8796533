// SPDX-License-Identifier: GPL-3.0-or-later
// Walks through every panel: what can be used has a name for people and one for tests, and all of
// it can be drawn in light and dark. With BITLOOM_SHOT_DIR set, leaves a picture of each there.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"

#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>

using namespace bitloom;

namespace {

/// Parts that Qt makes inside its own controls and names itself.
bool isInternal(const QWidget* widget)
{
    const QWidget* parent = widget->parentWidget();
    return qobject_cast<const QScrollBar*>(widget) || qobject_cast<const QHeaderView*>(widget) ||
           qobject_cast<const QAbstractSpinBox*>(parent) ||
           parent->inherits("QComboBoxPrivateContainer") ||
           qobject_cast<const QLineEdit*>(parent) || qobject_cast<const QHeaderView*>(parent) ||
           (qobject_cast<const QAbstractScrollArea*>(parent));
}

bool isInteractive(const QWidget* widget)
{
    return widget->focusPolicy() != Qt::NoFocus || qobject_cast<const QAbstractButton*>(widget);
}

QString nameOf(const QWidget* widget)
{
    return QStringLiteral("%1 \"%2\"").arg(widget->metaObject()->className(), widget->objectName());
}

} // namespace

class WidgetWalk : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void everythingInteractiveIsNamed_data() { rows(); }
    void everythingInteractiveIsNamed()
    {
        QFETCH(int, at);
        const std::unique_ptr<QWidget> widget(exhibits().at(at).make());
        QVERIFY(!widget->objectName().isEmpty());
        QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(nameOf(widget.get())));
        int walked = 0;
        QSet<QString> names;
        for (const QWidget* child : widget->findChildren<QWidget*>()) {
            if (isInternal(child) || !isInteractive(child))
                continue;
            ++walked;
            QVERIFY2(!child->objectName().isEmpty(), qPrintable(nameOf(child)));
            const auto* label = qobject_cast<const QLabel*>(child); // reads out its text
            QVERIFY2(label || !child->accessibleName().isEmpty(), qPrintable(nameOf(child)));
            QVERIFY2(!names.contains(child->objectName()), qPrintable(nameOf(child)));
            names.insert(child->objectName());
        }
        QVERIFY(walked > 0 || isInteractive(widget.get()));
    }

    void drawsInLightAndDark_data() { rows(); }
    void drawsInLightAndDark()
    {
        QFETCH(int, at);
        const Exhibit exhibit = exhibits().at(at);
        const QPalette light = QApplication::palette();
        QList<QImage> pictures;
        for (const bool dark : {false, true}) {
            QApplication::setPalette(dark ? darkPalette() : light);
            const std::unique_ptr<QWidget> widget(exhibit.make());
            widget->resize(exhibit.size);
            widget->show();
            QVERIFY(QTest::qWaitForWindowExposed(widget.get()));
            QCoreApplication::processEvents();
            pictures.append(widget->grab().toImage());
            save(pictures.last(), exhibit.name + (dark ? "_dark" : "_light"));
        }
        QApplication::setPalette(light);
        QVERIFY(meanLightness(pictures[0]) > 150);
        QVERIFY(meanLightness(pictures[1]) < 110);
    }

private:
    static void rows()
    {
        QTest::addColumn<int>("at");
        const QList<Exhibit> all = exhibits();
        for (int i = 0; i < all.size(); ++i)
            QTest::newRow(qPrintable(all[i].name)) << i;
    }

    static int meanLightness(const QImage& picture)
    {
        const QImage one = picture.convertToFormat(QImage::Format_Grayscale8);
        qint64 sum = 0;
        for (int y = 0; y < one.height(); ++y)
            for (int x = 0; x < one.width(); ++x)
                sum += one.constScanLine(y)[x];
        return static_cast<int>(sum / (qint64(one.width()) * one.height()));
    }

    static void save(const QImage& picture, const QString& name)
    {
        const QString folder = qEnvironmentVariable("BITLOOM_SHOT_DIR");
        if (!folder.isEmpty())
            QVERIFY(picture.save(QStringLiteral("%1/%2.png").arg(folder, name)));
    }
};

BITLOOM_WIDGET_TEST(WidgetWalk)
#include "tst_widget_walk.moc"
