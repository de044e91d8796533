// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/theme.h"

#include <QApplication>
#include <QPalette>
#include <QSettings>
#include <QStyle>

namespace bitloom {

namespace {

constexpr const char* kThemeKey = "view/theme";

QPalette lightPalette()
{
    QPalette palette(QColor(0xef, 0xef, 0xef));
    palette.setColor(QPalette::Base, Qt::white);
    palette.setColor(QPalette::AlternateBase, QColor(0xf6, 0xf6, 0xf6));
    palette.setColor(QPalette::Highlight, QColor(0x2f, 0x6f, 0xb5));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x1f, 0x5f, 0xa5));
    palette.setColor(QPalette::PlaceholderText, QColor(0, 0, 0, 128));
    return palette;
}

QPalette darkPalette()
{
    QPalette palette(QColor(0x35, 0x36, 0x3a), QColor(0x2b, 0x2c, 0x30));
    const QColor text(0xe4, 0xe4, 0xe6);
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, text);
        palette.setColor(QPalette::Disabled, role, QColor(0x85, 0x86, 0x8a));
    }
    palette.setColor(QPalette::Base, QColor(0x1f, 0x20, 0x23));
    palette.setColor(QPalette::AlternateBase, QColor(0x26, 0x27, 0x2b));
    palette.setColor(QPalette::ToolTipBase, QColor(0x3a, 0x3b, 0x40));
    palette.setColor(QPalette::Highlight, QColor(0x3b, 0x78, 0xb8));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x7f, 0xb5, 0xee));
    palette.setColor(QPalette::LinkVisited, QColor(0xb8, 0x9d, 0xe8));
    palette.setColor(QPalette::PlaceholderText, QColor(255, 255, 255, 120));
    palette.setColor(QPalette::BrightText, QColor(0xff, 0x7b, 0x6b));
    return palette;
}

} // namespace

void applyTheme(const QString& theme)
{
    if (theme == "dark")
        QApplication::setPalette(darkPalette());
    else if (theme == "light")
        QApplication::setPalette(lightPalette());
    else
        QApplication::setPalette(QPalette());
}

QString savedTheme()
{
    return QSettings().value(kThemeKey, "system").toString();
}

void saveTheme(const QString& theme)
{
    QSettings().setValue(kThemeKey, theme);
}

} // namespace bitloom
