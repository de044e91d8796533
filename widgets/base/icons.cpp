// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <memory>

// Q_INIT_RESOURCE declares a function and so may not stand inside a namespace.
static void initResources()
{
    Q_INIT_RESOURCE(bitloom);
}

namespace bitloom {

namespace {

QString resourcePath(const QString& name)
{
    return QStringLiteral(":/bitloom/icons/%1.svg").arg(name);
}

QColor glyphColor(QIcon::Mode mode)
{
    const QPalette palette = QGuiApplication::palette();
    if (mode == QIcon::Disabled)
        return palette.color(QPalette::Disabled, QPalette::ButtonText);
    if (mode == QIcon::Selected)
        return palette.color(QPalette::HighlightedText);
    return palette.color(QPalette::ButtonText);
}

/// Draws an SVG whose strokes say "currentColor"; asks the palette each time.
class GlyphEngine : public QIconEngine {
public:
    explicit GlyphEngine(QString name)
        : m_name(std::move(name))
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        QFile file(resourcePath(m_name));
        if (!file.open(QIODevice::ReadOnly))
            return;
        QByteArray content = file.readAll();
        content.replace("currentColor", glyphColor(mode).name().toUtf8());
        QSvgRenderer(content).render(painter, QRectF(rect));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        const QString key = QStringLiteral("bitloom/%1/%2x%3/%4")
                                .arg(m_name)
                                .arg(size.width())
                                .arg(size.height())
                                .arg(glyphColor(mode).name());
        QPixmap result;
        if (QPixmapCache::find(key, &result))
            return result;
        result = QPixmap(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        painter.end();
        QPixmapCache::insert(key, result);
        return result;
    }

    QIconEngine* clone() const override { return new GlyphEngine(m_name); }

private:
    QString m_name;
};

} // namespace

void initWidgetResources()
{
    initResources();
}

QIcon glyph(const QString& name)
{
    initResources();
    if (!QFile::exists(resourcePath(name)))
        return {};
    return QIcon(new GlyphEngine(name));
}

QIcon applicationIcon()
{
    initResources();
    return QIcon(resourcePath(QStringLiteral("bitloom")));
}

} // namespace bitloom
